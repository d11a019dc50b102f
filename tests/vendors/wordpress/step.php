<?php
/**
 * One step in a real WordPress: php step.php SITE ADDRESS STEP [ARGUMENTS AS JSON]. The result is a line of JSON.
 *
 * install makes the tables and the administrator; activate turns the plugins on, in a request of its own, as a browser would; orders says
 * where orders are stored; goods makes a product; run delivers what is queued; webhook says what a webhook would send.
 */

ini_set( 'display_errors', 'stderr' );
list( , $site, $address, $step ) = $argv;
$with   = json_decode( $argv[4] ?? '[]', true );
$parts  = parse_url( $address );
$_SERVER = array(
	'HTTP_HOST'       => $parts['host'] . ':' . $parts['port'],
	'SERVER_NAME'     => $parts['host'],
	'SERVER_PORT'     => (string) $parts['port'],
	'SERVER_PROTOCOL' => 'HTTP/1.1',
	'REQUEST_METHOD'  => 'GET',
	'REQUEST_URI'     => '/',
	'REMOTE_ADDR'     => '127.0.0.1',
) + $_SERVER;
if ( 'install' === $step ) {
	define( 'WP_INSTALLING', true );
}
require $site . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
$order = isset( $with['order'] ) && function_exists( 'wc_get_order' ) ? wc_get_order( $with['order'] ) : null;
$answer = match ( $step ) {
	'install'  => install( $address, $with['password'] ),
	'activate' => activate(),
	'orders'   => store_orders( $with['hpos'] ),
	'goods'    => goods( $with ),
	'status'   => $order->update_status( $with['status'] ),
	'refund'   => refund( $order, $with ),
	'trash'    => $order->delete( false ),
	'untrash'  => wc_get_order( $with['order'] )->untrash(),
	'meta'     => $order->get_meta( '_batua_redemption' ),
	'run'      => run_queue(),
	'versions' => array( 'wordpress' => get_bloginfo( 'version' ), 'woocommerce' => WC()->version ),
	'record'   => record( $with['tax'] ?? true ),
};
fwrite( STDOUT, "\n" . wp_json_encode( $answer ) . "\n" );

function install( string $address, string $password ): bool {
	wp_install( 'Kaveri Stores', 'owner', 'owner@kaveri.example', true, '', $password );
	update_option( 'siteurl', $address );
	update_option( 'home', $address );
	update_option( 'permalink_structure', '/%postname%/' );
	return true;
}

function activate(): array {
	$refused = array();
	foreach ( array( 'woocommerce/woocommerce.php', 'batua-wallet/batua-wallet.php' ) as $plugin ) {
		$result    = activate_plugin( $plugin );
		$refused[] = is_wp_error( $result ) ? $result->get_error_message() : null;
	}
	WC_Install::install();
	WC_Install::create_pages();
	$options = array( 'currency' => 'INR', 'default_country' => 'IN:KA', 'coming_soon' => 'no', 'cod_settings' => array( 'enabled' => 'yes' ), 'bacs_settings' => array( 'enabled' => 'yes' ) );
	foreach ( $options as $name => $value ) {
		update_option( 'woocommerce_' . $name, $value );
	}
	return array_filter( $refused );
}

/** Orders in tables of their own, or as posts. Set below WooCommerce, which asks for a synchronization of what is there first. */
function store_orders( bool $hpos ): string {
	$tables = 'Automattic\WooCommerce\Internal\DataStores\Orders\DataSynchronizer';
	if ( $hpos ) {
		wc_get_container()->get( $tables )->create_database_tables();
	}
	global $wpdb;
	$wpdb->replace( $wpdb->options, array( 'option_name' => 'woocommerce_custom_orders_table_enabled', 'option_value' => $hpos ? 'yes' : 'no', 'autoload' => 'yes' ) );
	wp_cache_flush();
	return $hpos ? 'hpos' : 'posts';
}

function goods( array $with ): int {
	$product = new WC_Product_Simple();
	$product->set_name( $with['name'] );
	$product->set_regular_price( $with['price'] );
	$product->set_virtual( true );
	return $product->save();
}

function refund( $order, array $with ): int {
	$refund = wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => $with['amount'], 'reason' => 'Damaged' ) );
	return $refund->get_id();
}

/** Delivers what WooCommerce has queued: webhooks leave by Action Scheduler. */
function run_queue(): int {
	$done = 0;
	do {
		$ran   = ActionScheduler::runner()->run( 'tests' );
		$done += $ran;
	} while ( $ran > 0 );
	return $done;
}

/** What webhooks send of three orders, step by step: name of the step, topic, payload as WooCommerce builds it. */
function record( bool $tax ): array {
	wp_set_current_user( 1 );
	global $wpdb;
	update_option( 'woocommerce_calc_taxes', $tax ? 'yes' : 'no' );
	update_option( 'woocommerce_prices_include_tax', 'no' );
	$wpdb->query( "delete from {$wpdb->prefix}woocommerce_tax_rates" );
	WC_Tax::_insert_tax_rate( array( 'tax_rate_country' => 'IN', 'tax_rate_state' => '', 'tax_rate' => '18', 'tax_rate_name' => 'GST', 'tax_rate_priority' => 1, 'tax_rate_compound' => 0, 'tax_rate_shipping' => 1, 'tax_rate_order' => 1, 'tax_rate_class' => '' ) );
	if ( ! wc_get_coupon_id_by_code( 'tenoff' ) ) {
		$coupon = new WC_Coupon();
		$coupon->set_code( 'tenoff' );
		$coupon->set_discount_type( 'percent' );
		$coupon->set_amount( 10 );
		$coupon->save();
	}
	$tea = goods( array( 'name' => 'Tea', 'price' => '300' ) );
	$mix = goods( array( 'name' => 'Dosa mix', 'price' => '400' ) );
	$log = array();
	$hook = new WC_Webhook();
	$hook->set_api_version( 'wp_api_v3' );
	$hook->set_user_id( 1 );
	$tell = static function ( string $name, string $topic, int $id ) use ( &$log, $hook ): void {
		$hook->set_topic( $topic );
		wp_cache_flush();
		$log[] = array( $name, $topic, json_decode( wp_json_encode( $hook->build_payload( $id ) ), true ) );
		usleep( 1100000 );
	};

	$card = place( 'bacs', array( $tea => 2, $mix => 1 ), '50' );
	$tell( 'placed', 'order.created', $card );
	wc_get_order( $card )->payment_complete( 'payment-1' );
	$tell( 'paid', 'order.updated', $card );
	$line = array_values( wc_get_order( $card )->get_items() )[1];
	$item = array( 'qty' => 1, 'refund_total' => 400, 'refund_tax' => array_map( 'floatval', $line->get_taxes()['total'] ) );
	wc_create_refund( array( 'order_id' => $card, 'amount' => 472, 'reason' => 'Damaged', 'line_items' => array( $line->get_id() => $item ) ) );
	$tell( 'line refunded', 'order.updated', $card );
	wc_create_refund( array( 'order_id' => $card, 'amount' => 59, 'reason' => 'Shipping' ) );
	$tell( 'shipping refunded', 'order.updated', $card );
	wc_create_refund( array( 'order_id' => $card, 'amount' => wc_get_order( $card )->get_remaining_refund_amount() ) );
	$tell( 'refunded', 'order.updated', $card );

	$cod = place( 'cod', array( $mix => 2 ), '50', '20', 'tenoff' );
	wc_get_order( $cod )->update_status( 'processing' );
	$tell( 'cod placed', 'order.created', $cod );
	wc_get_order( $cod )->update_status( 'completed' );
	$tell( 'cod completed', 'order.updated', $cod );
	wc_get_order( $cod )->delete( false );
	$tell( 'cod deleted', 'order.deleted', $cod );
	$trashed = wc_get_order( $cod );
	method_exists( $trashed, 'untrash' ) ? $trashed->untrash() : wp_untrash_post( $cod );
	$tell( 'cod restored', 'order.restored', $cod );

	$third = place( 'bacs', array( $tea => 1 ) );
	wc_get_order( $third )->payment_complete();
	$tell( 'third paid', 'order.created', $third );
	wc_get_order( $third )->update_status( 'cancelled' );
	$tell( 'third cancelled', 'order.updated', $third );
	return $log;
}

function place( string $method, array $lines, ?string $shipping = null, ?string $fee = null, ?string $coupon = null ): int {
	$order = new WC_Order();
	$order->set_currency( 'INR' );
	foreach ( $lines as $product => $quantity ) {
		$order->add_product( wc_get_product( $product ), $quantity );
	}
	$address = array( 'first_name' => 'Asha', 'last_name' => 'Rao', 'email' => 'asha@example.com', 'phone' => '98765 43210', 'country' => 'IN', 'state' => 'KA', 'postcode' => '560001', 'city' => 'Bengaluru', 'address_1' => '1 MG Road' );
	$order->set_address( $address, 'billing' );
	$order->set_payment_method( $method );
	$order->set_payment_method_title( $method );
	$order->set_created_via( 'checkout' );
	if ( null !== $shipping ) {
		$item = new WC_Order_Item_Shipping();
		$item->set_method_title( 'Flat rate' );
		$item->set_method_id( 'flat_rate' );
		$item->set_total( $shipping );
		$order->add_item( $item );
	}
	if ( null !== $fee ) {
		$item = new WC_Order_Item_Fee();
		$item->set_name( 'Gift wrap' );
		$item->set_tax_status( 'taxable' );
		$item->set_total( $fee );
		$order->add_item( $item );
	}
	$order->save();
	$order->calculate_totals();
	if ( null !== $coupon ) {
		$order->apply_coupon( $coupon );
	}
	$order->set_status( 'pending' );
	return $order->save();
}
