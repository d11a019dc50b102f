<?php
/**
 * Plugin Name:          Batua Wallet
 * Description:          Connects a shop to its Batua loyalty program: orders earn coins, and customers pay with them at checkout.
 * Version:              1.0.0
 * Requires at least:    6.4
 * Requires PHP:         8.1
 * Requires Plugins:     woocommerce
 * WC requires at least: 8.2
 * License:              Apache-2.0
 * License URI:          https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:          batua-wallet
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/includes/class-batua-api.php';
require_once __DIR__ . '/includes/class-batua-settings.php';
require_once __DIR__ . '/includes/class-batua-checkout.php';
require_once __DIR__ . '/includes/class-batua-orders.php';

add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
			foreach ( array( 'custom_order_tables', 'cart_checkout_blocks' ) as $feature ) {
				\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( $feature, __FILE__, true );
			}
		}
	}
);

add_action(
	'plugins_loaded',
	static function () {
		if ( class_exists( 'WooCommerce' ) ) {
			Batua_Settings::register();
			Batua_Checkout::register( __FILE__ );
			Batua_Orders::register();
		}
	}
);

register_deactivation_hook( __FILE__, array( 'Batua_Settings', 'pause_webhooks' ) );
