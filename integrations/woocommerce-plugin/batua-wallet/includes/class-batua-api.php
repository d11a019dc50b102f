<?php
/**
 * Calls the counter's API of a Batua installation with the shop's key.
 */

defined( 'ABSPATH' ) || exit;

/** Batua refused a request. `error_code` is stable. */
class Batua_Refused extends RuntimeException {
	public string $error_code;

	public function __construct( string $error_code, string $message ) {
		$this->error_code = $error_code;
		parent::__construct( $message );
	}
}

/** No answer came. A change may have been made: send it again with the same key. */
class Batua_Unreachable extends RuntimeException {
}

class Batua_Api {
	private const TIMEOUT_SECONDS = 8;

	public static function from_settings(): ?self {
		$settings = Batua_Settings::stored();
		return '' !== $settings['url'] && '' !== $settings['api_key'] ? new self( $settings['url'], $settings['api_key'] ) : null;
	}

	public function __construct( private string $url, private string $key ) {
		Batua_Settings::require_https( $url );
		$this->url = rtrim( $url, '/' );
	}

	/** The balance of the customer who holds this wallet code: `available`, and its `value` in rupees. */
	public function balance( string $wallet_code ): array {
		return $this->send( 'GET', '/api/v1/merchant/customers/balance?qr=' . rawurlencode( $wallet_code ) );
	}

	public function redeem( string $wallet_code, int $coins, string $reference, string $idempotency_key ): array {
		$body = array( 'qr' => $wallet_code, 'coins' => $coins, 'reference' => $reference );
		return $this->send( 'POST', '/api/v1/merchant/coins/redeem', $body, $idempotency_key );
	}

	/** Gives a redemption back, the rest of it or so many coins. */
	public function reverse( string $transaction_id, string $reason, string $idempotency_key, ?int $coins = null ): array {
		$path = '/api/v1/merchant/coins/' . rawurlencode( $transaction_id ) . '/reverse';
		$body = array( 'reason' => $reason ) + ( null === $coins ? array() : array( 'coins' => $coins ) );
		return $this->send( 'POST', $path, $body, $idempotency_key );
	}

	private function send( string $method, string $path, ?array $body = null, ?string $idempotency_key = null ): array {
		$headers = array( 'Authorization' => 'Bearer ' . $this->key, 'Content-Type' => 'application/json' );
		if ( null !== $idempotency_key ) {
			$headers['Idempotency-Key'] = $idempotency_key;
		}
		$answer = wp_remote_request(
			$this->url . $path,
			array(
				'method'      => $method,
				'headers'     => $headers,
				'body'        => null === $body ? null : wp_json_encode( $body ),
				'timeout'     => self::TIMEOUT_SECONDS,
				'redirection' => 0,
			)
		);
		if ( is_wp_error( $answer ) ) {
			throw new Batua_Unreachable( $answer->get_error_message() );
		}
		$status  = (int) wp_remote_retrieve_response_code( $answer );
		$content = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( $status >= 500 || 429 === $status || 408 === $status || ! is_array( $content ) || 'request_in_progress' === ( $content['code'] ?? '' ) ) {
			throw new Batua_Unreachable( 'Batua answered ' . $status );
		}
		if ( $status >= 400 ) {
			throw new Batua_Refused( (string) ( $content['code'] ?? 'unknown' ), (string) ( $content['message'] ?? '' ) );
		}
		return (array) ( $content['data'] ?? array() );
	}
}
