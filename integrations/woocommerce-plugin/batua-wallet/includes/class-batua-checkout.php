<?php
/**
 * Coins at the checkout, classic and blocks: a customer shows the wallet code, sees the balance, and takes coins off.
 *
 * The wallet code is the text of the customer's QR code, which Batua signs. A phone number is not enough: whoever knows
 * it could spend another's coins. The code is kept in the shop's session, on the server, until the order is placed.
 */

defined( 'ABSPATH' ) || exit;

class Batua_Checkout {
	public const COUPON    = 'batua-coins';
	public const SESSION   = 'batua_wallet';
	private const CODE     = '/\ABATUA\.[0-9A-Z]{26}\.[0-9]{1,9}\.[A-Z2-7]{16}\z/';
	private const ATTEMPTS = 10;

	private static string $file = '';

	public static function register( string $file ): void {
		self::$file = $file;
		add_filter( 'woocommerce_get_shop_coupon_data', array( self::class, 'coupon' ), 10, 2 );
		add_filter( 'woocommerce_cart_totals_coupon_label', array( self::class, 'label' ), 10, 2 );
		add_action( 'woocommerce_removed_coupon', array( self::class, 'forget' ) );
		add_action( 'woocommerce_cart_emptied', static fn() => self::forget( self::COUPON ) );
		add_action( 'woocommerce_review_order_before_payment', array( self::class, 'form' ) );
		add_action( 'wc_ajax_batua_wallet', array( self::class, 'ajax' ) );
		add_action( 'wp_enqueue_scripts', array( self::class, 'scripts' ) );
		add_action( 'woocommerce_blocks_loaded', array( self::class, 'extend_store_api' ) );
	}

	/** What the session holds: `code`, `available`, `value` (rupees of all coins), `coins` (to redeem). */
	public static function chosen(): ?array {
		$session = WC()->session ? WC()->session->get( self::SESSION ) : null;
		return is_array( $session ) && isset( $session['code'] ) ? $session : null;
	}

	/** Shows a wallet code: the balance, or a message why not. With `coins`, takes so many off this order. */
	public static function choose( string $code, ?int $coins ): array {
		$code = strtoupper( trim( $code ) );
		if ( '' === $code && null !== self::chosen() ) {
			$code = self::chosen()['code'];
		}
		if ( ! preg_match( self::CODE, $code ) ) {
			throw new Batua_Refused( 'wallet_code_invalid', 'Enter the code that your wallet shows, which begins with BATUA. A phone number is not enough.' );
		}
		self::count_attempt();
		$api = Batua_Api::from_settings();
		if ( null === $api ) {
			throw new Batua_Refused( 'not_connected', 'This shop is not connected to Batua yet.' );
		}
		$balance   = $api->balance( $code );
		$available = (int) floor( (float) ( $balance['available'] ?? 0 ) );
		$coins     = null === $coins ? 0 : max( 0, min( $coins, $available ) );
		// The worth of one coin in paise, as a ratio: the value of all coins over their number.
		$chosen = array(
			'code'      => $code,
			'available' => $available,
			'paise'     => (int) round( 100 * (float) ( $balance['value'] ?? 0 ) ),
			'coins'     => $coins,
		);
		WC()->session->set( self::SESSION, $chosen );
		if ( $coins > 0 ) {
			WC()->cart->has_discount( self::COUPON ) || WC()->cart->apply_coupon( self::COUPON );
		} elseif ( WC()->cart->has_discount( self::COUPON ) ) {
			WC()->cart->remove_coupon( self::COUPON );
			WC()->session->set( self::SESSION, $chosen );
		}
		WC()->cart->calculate_totals();
		return $chosen;
	}

	/** The rupees that so many coins are worth, of a session's wallet. */
	public static function rupees( array $chosen, int $coins ): float {
		return $chosen['available'] > 0 ? floor( $coins * $chosen['paise'] / $chosen['available'] ) / 100 : 0.0;
	}

	/** The fewest coins that pay for a discount: never more than were chosen. */
	public static function coins_for( array $chosen, float $discount ): int {
		$paise = (int) round( $discount * 100 );
		return $chosen['paise'] > 0 ? (int) min( $chosen['coins'], ceil( $paise * $chosen['available'] / $chosen['paise'] ) ) : 0;
	}

	/** A coupon that exists only for a session with coins: typing its name does nothing. */
	public static function coupon( $data, $code ) {
		if ( self::COUPON !== $code ) {
			return $data;
		}
		$chosen = self::chosen();
		if ( null === $chosen || $chosen['coins'] < 1 ) {
			return $data;
		}
		return array(
			'discount_type'  => 'fixed_cart',
			'amount'         => self::rupees( $chosen, $chosen['coins'] ),
			'individual_use' => false,
			'description'    => 'Coins of a Batua wallet',
		);
	}

	public static function label( string $label, $coupon ): string {
		return self::COUPON === $coupon->get_code() ? esc_html__( 'Coins', 'batua-wallet' ) : $label;
	}

	public static function forget( string $code ): void {
		if ( self::COUPON === $code && WC()->session ) {
			WC()->session->set( self::SESSION, null );
		}
	}

	public static function form(): void {
		$chosen = self::chosen();
		echo '<div id="batua-wallet"><h3>' . esc_html__( 'Pay with coins', 'batua-wallet' ) . '</h3>';
		if ( null !== $chosen ) {
			/* translators: %d: number of coins */
			echo '<p>' . esc_html( sprintf( __( 'You have %d coins.', 'batua-wallet' ), $chosen['available'] ) ) . '</p>';
		}
		echo '<p><label>' . esc_html__( 'Wallet code', 'batua-wallet' ) . ' <input id="batua-code" type="text" autocomplete="off" maxlength="128"></label> ';
		echo '<label>' . esc_html__( 'Coins', 'batua-wallet' ) . ' <input id="batua-coins" type="number" min="0" step="1"></label> ';
		echo '<button type="button" class="button" id="batua-apply">' . esc_html__( 'Use coins', 'batua-wallet' ) . '</button></p>';
		echo '<p id="batua-message" role="status"></p></div>';
	}

	public static function ajax(): void {
		check_ajax_referer( 'batua-wallet', 'security' );
		$coins = isset( $_POST['coins'] ) && '' !== $_POST['coins'] ? absint( wp_unslash( $_POST['coins'] ) ) : null;
		try {
			$chosen = self::choose( sanitize_text_field( wp_unslash( $_POST['code'] ?? '' ) ), $coins );
			wp_send_json_success( self::shown( $chosen ) );
		} catch ( Batua_Refused | Batua_Unreachable $refusal ) {
			wp_send_json_error( array( 'message' => self::message( $refusal ) ), 400 );
		}
	}

	/** What a browser may know: never the code. */
	public static function shown( ?array $chosen ): array {
		return array(
			'available' => $chosen['available'] ?? null,
			'coins'     => $chosen['coins'] ?? 0,
			'value'     => null === $chosen ? '0' : wc_format_decimal( self::rupees( $chosen, $chosen['coins'] ), 2 ),
		);
	}

	public static function message( Exception $refusal ): string {
		return $refusal instanceof Batua_Refused ? $refusal->getMessage() : __( 'The wallet could not be reached. Try again in a minute.', 'batua-wallet' );
	}

	public static function scripts(): void {
		if ( ! is_checkout() ) {
			return;
		}
		wp_enqueue_script( 'batua-wallet', plugins_url( 'assets/checkout.js', self::$file ), array( 'jquery' ), '1.0.0', true );
		$for_page = array( 'url' => WC_AJAX::get_endpoint( 'batua_wallet' ), 'nonce' => wp_create_nonce( 'batua-wallet' ) );
		wp_localize_script( 'batua-wallet', 'batuaWallet', $for_page );
		$blocks = array( 'wc-blocks-checkout', 'wp-plugins', 'wp-element' );
		if ( wp_script_is( 'wc-blocks-checkout', 'registered' ) ) {
			wp_enqueue_script( 'batua-wallet-block', plugins_url( 'assets/checkout-block.js', self::$file ), $blocks, '1.0.0', true );
		}
	}

	/** The block checkout: the balance in the cart's `extensions`, and a callback that shows a code. */
	public static function extend_store_api(): void {
		woocommerce_store_api_register_endpoint_data(
			array(
				'endpoint'        => 'cart',
				'namespace'       => 'batua-wallet',
				'data_callback'   => static fn(): array => self::shown( self::chosen() ),
				'schema_callback' => static fn(): array => array(
					'available' => array( 'type' => array( 'integer', 'null' ), 'readonly' => true ),
					'coins'     => array( 'type' => 'integer', 'readonly' => true ),
					'value'     => array( 'type' => 'string', 'readonly' => true ),
				),
				'schema_type'     => ARRAY_A,
			)
		);
		woocommerce_store_api_register_update_callback(
			array(
				'namespace' => 'batua-wallet',
				'callback'  => static function ( $data ): void {
					$coins = isset( $data['coins'] ) && is_numeric( $data['coins'] ) ? absint( $data['coins'] ) : null;
					try {
						self::choose( sanitize_text_field( (string) ( $data['code'] ?? '' ) ), $coins );
					} catch ( Batua_Refused | Batua_Unreachable $refusal ) {
						throw new \Automattic\WooCommerce\StoreApi\Exceptions\RouteException( 'batua_wallet', self::message( $refusal ), 400 );
					}
				},
			)
		);
	}

	/** At most ten looks at wallets in ten minutes of a session. */
	private static function count_attempt(): void {
		$counted = (array) WC()->session->get( 'batua_wallet_attempts', array() );
		$recent  = array_values( array_filter( $counted, static fn( $at ): bool => $at > time() - 600 ) );
		if ( count( $recent ) >= self::ATTEMPTS ) {
			throw new Batua_Refused( 'too_many_attempts', 'You have tried this too often. Wait ten minutes.' );
		}
		WC()->session->set( 'batua_wallet_attempts', array_merge( $recent, array( time() ) ) );
	}
}
