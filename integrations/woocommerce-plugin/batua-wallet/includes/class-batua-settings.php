<?php
/**
 * WooCommerce > Settings > Advanced > Batua: the connection, and the webhooks that go with it.
 *
 * The key and the secret are never shown again: their fields are empty, and an empty field keeps what is stored.
 */

defined( 'ABSPATH' ) || exit;

class Batua_Settings {
	public const OPTION = 'batua_wallet_settings';
	private const TOPICS = array( 'order.created', 'order.updated', 'order.deleted', 'order.restored' );
	private const EMPTY  = array( 'url' => '', 'api_key' => '', 'webhook_url' => '', 'webhook_secret' => '', 'webhooks' => array() );

	public static function register(): void {
		add_action( 'admin_menu', array( self::class, 'add_page' ) );
		add_action( 'admin_post_batua_wallet_save', array( self::class, 'save' ) );
	}

	/** @return array{url: string, api_key: string, webhook_url: string, webhook_secret: string, webhooks: int[]} */
	public static function stored(): array {
		return array_merge( self::EMPTY, (array) get_option( self::OPTION, array() ) );
	}

	public static function require_https( string $url ): void {
		$local = in_array( wp_parse_url( $url, PHP_URL_HOST ), array( '127.0.0.1', 'localhost' ), true );
		$scheme = wp_parse_url( $url, PHP_URL_SCHEME );
		if ( 'https' !== $scheme && ! ( 'http' === $scheme && $local ) ) {
			throw new InvalidArgumentException( 'The address must begin with https://.' );
		}
	}

	public static function add_page(): void {
		add_submenu_page( 'woocommerce', 'Batua', 'Batua', 'manage_woocommerce', 'batua-wallet', array( self::class, 'show' ) );
	}

	public static function show(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			return;
		}
		$settings = self::stored();
		$fields   = array(
			'url'            => array( 'Address of Batua', 'https://wallet.example.com', false ),
			'api_key'        => array( 'API key (coins:redeem, coins:reverse, customers:read)', '', true ),
			'webhook_url'    => array( 'Webhook address of the connection', '', false ),
			'webhook_secret' => array( 'Secret of the connection', '', true ),
		);
		echo '<div class="wrap"><h1>Batua</h1><form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		echo '<input type="hidden" name="action" value="batua_wallet_save">';
		wp_nonce_field( 'batua_wallet_save' );
		foreach ( $fields as $name => list( $label, $example, $secret ) ) {
			$hint = $secret && '' !== $settings[ $name ] ? 'Stored. Leave empty to keep it.' : $example;
			printf(
				'<p><label>%s<br><input class="regular-text" type="%s" name="%s" value="%s" placeholder="%s" autocomplete="off"></label></p>',
				esc_html( $label ),
				$secret ? 'password' : 'url',
				esc_attr( $name ),
				esc_attr( $secret ? '' : $settings[ $name ] ),
				esc_attr( $hint )
			);
		}
		echo '<p>' . esc_html( count( $settings['webhooks'] ) . ' webhooks are set up.' ) . '</p>';
		submit_button( 'Save and connect' );
		echo '</form></div>';
	}

	public static function save(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			wp_die( 'You may not change this.', '', array( 'response' => 403 ) );
		}
		check_admin_referer( 'batua_wallet_save' );
		$settings = self::stored();
		foreach ( array( 'url', 'webhook_url' ) as $name ) {
			$settings[ $name ] = esc_url_raw( trim( (string) wp_unslash( $_POST[ $name ] ?? '' ) ) );
		}
		foreach ( array( 'api_key', 'webhook_secret' ) as $name ) {
			$given = trim( (string) wp_unslash( $_POST[ $name ] ?? '' ) );
			if ( '' !== $given ) {
				$settings[ $name ] = $given;
			}
		}
		try {
			foreach ( array( 'url', 'webhook_url' ) as $name ) {
				if ( '' !== $settings[ $name ] ) {
					self::require_https( $settings[ $name ] );
				}
			}
		} catch ( InvalidArgumentException $refusal ) {
			wp_die( esc_html( $refusal->getMessage() ), '', array( 'response' => 400, 'back_link' => true ) );
		}
		$settings['webhooks'] = self::connect( $settings );
		update_option( self::OPTION, $settings, false );
		wp_safe_redirect( admin_url( 'admin.php?page=batua-wallet' ) );
		exit;
	}

	/** Makes the shop's four webhooks, or brings them up to date. @return int[] Their ids. */
	public static function connect( array $settings ): array {
		if ( '' === $settings['webhook_url'] || '' === $settings['webhook_secret'] ) {
			return $settings['webhooks'];
		}
		$ids = array();
		foreach ( self::TOPICS as $number => $topic ) {
			$webhook = new WC_Webhook( $settings['webhooks'][ $number ] ?? 0 );
			$webhook->set_name( 'Batua: ' . $topic );
			$webhook->set_topic( $topic );
			$webhook->set_delivery_url( $settings['webhook_url'] );
			$webhook->set_secret( $settings['webhook_secret'] );
			$webhook->set_api_version( 'wp_api_v3' );
			$webhook->set_user_id( get_current_user_id() );
			$webhook->set_status( 'active' );
			$ids[] = (int) $webhook->save();
		}
		return $ids;
	}

	public static function pause_webhooks(): void {
		if ( ! class_exists( 'WC_Webhook' ) ) {
			return;
		}
		foreach ( self::stored()['webhooks'] as $id ) {
			$webhook = new WC_Webhook( $id );
			$webhook->set_status( 'paused' );
			$webhook->save();
		}
	}
}
