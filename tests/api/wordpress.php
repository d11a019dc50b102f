<?php
/**
 * As much of WordPress and WooCommerce as the plugin meets: hooks, options, HTTP, a session, a cart, orders.
 *
 * It runs steps from standard input, one JSON array a line, and answers each with a line.
 */

namespace Automattic\WooCommerce\Utilities {
	class FeaturesUtil {
		public static array $declared = array();
		public static function declare_compatibility( $feature, $file, $yes ): void { self::$declared[ $feature ] = $yes; }
	}
}

namespace Automattic\WooCommerce\StoreApi\Exceptions {
	class RouteException extends \Exception {
		public function __construct( public string $error, string $message, public int $status ) { parent::__construct( $message ); }
	}
}

namespace {
	const ABSPATH = '/'; const ARRAY_A = 'ARRAY_A';
	class WooCommerce {}
	class Died extends Exception {}
	final class Site {
		public static array $hooks = array(), $options = array(), $orders = array(), $scheduled = array(), $store_api = array(), $hooks_saved = array();
		public static bool $admin = true; public static bool $offline = false; public static bool $lose_answer = false;
	}
	function add_action( $name, $call, $priority = 10, $count = 1 ) { Site::$hooks[ $name ][] = $call; }
	function add_filter( $name, $call, $priority = 10, $count = 1 ) { Site::$hooks[ $name ][] = $call; }
	function do_action( $name, ...$with ) { foreach ( Site::$hooks[ $name ] ?? array() as $call ) { $call( ...$with ); } }
	function apply_filters( $name, $value, ...$with ) { foreach ( Site::$hooks[ $name ] ?? array() as $call ) { $value = $call( $value, ...$with ); } return $value; }
	function register_deactivation_hook( $file, $call ) { add_action( 'deactivate', $call ); }
	function get_option( $name, $default ) { return Site::$options[ $name ] ?? $default; }
	function update_option( $name, $value, $autoload ) { Site::$options[ $name ] = $value; }
	function wp_parse_url( $url, $part ) { return parse_url( $url, $part ); }
	function current_user_can( $what ) { return Site::$admin; }
	function check_admin_referer( $action ) { if ( ( $_POST['_wpnonce'] ?? '' ) !== $action ) { throw new Died( 'nonce' ); } }
	function check_ajax_referer( $action, $field ) { if ( ( $_POST[ $field ] ?? '' ) !== $action ) { throw new Died( 'nonce' ); } }
	function wp_nonce_field( $action ) { echo "<input name=_wpnonce value=$action>"; }
	function wp_die( $message, ...$more ) { throw new Died( $message ); }
	function wp_send_json_success( $data ) { throw new Died( json_encode( $data ) ); }
	function wp_send_json_error( $data, $status ) { throw new Died( json_encode( $data ) ); }
	function wp_safe_redirect( $to ) { throw new Died( 'saved' ); }
	function wp_unslash( $text ) { return $text; } function esc_html( $text ) { return htmlspecialchars( $text ); }
	function esc_attr( $text ) { return htmlspecialchars( $text ); } function esc_url( $text ) { return $text; }
	function esc_url_raw( $text ) { return $text; } function esc_html__( $text, $domain ) { return $text; }
	function __( $text, $domain ) { return $text; } function sanitize_text_field( $text ) { return trim( strip_tags( $text ) ); }
	function absint( $number ) { return abs( (int) $number ); } function admin_url( $path ) { return "/wp-admin/$path"; }
	function submit_button( $text ) { echo $text; } function get_current_user_id() { return 1; }
	function wp_json_encode( $value ) { return json_encode( $value ); } function is_wp_error( $answer ) { return $answer instanceof WP_Error; }
	function wc_format_decimal( $amount, $places ) { return number_format( $amount, $places, '.', '' ); }
	function as_schedule_single_action( $at, $hook, $with, ...$more ) { Site::$scheduled[] = array( $hook, $with ); }
	function wc_get_order( $id ) { return Site::$orders[ $id ] ?? false; }
	function woocommerce_store_api_register_endpoint_data( $what ) { Site::$store_api['data'] = $what; }
	function woocommerce_store_api_register_update_callback( $what ) { Site::$store_api['update'] = $what; }
	class WP_Error { public function __construct( private string $text ) {} public function get_error_message() { return $this->text; } }
	function wp_remote_retrieve_response_code( $answer ) { return $answer['status']; }
	function wp_remote_retrieve_body( $answer ) { return $answer['body']; }
	function wp_remote_request( $url, $with ) {
		if ( Site::$offline ) { return new WP_Error( 'offline' ); }
		$lines = array_map( static fn( $name, $value ) => "$name: $value", array_keys( $with['headers'] ), $with['headers'] );
		$http  = array( 'method' => $with['method'], 'header' => implode( "\r\n", $lines ), 'content' => $with['body'] ?? '', 'ignore_errors' => true, 'follow_location' => 0 );
		$body  = file_get_contents( $url, false, stream_context_create( array( 'http' => $http ) ) );
		if ( Site::$lose_answer ) { Site::$lose_answer = false; return new WP_Error( 'timeout' ); }
		preg_match( '{ (\d{3})}', $http_response_header[0], $found );
		return array( 'status' => (int) $found[1], 'body' => $body );
	}
	class WC_Webhook {
		public array $is = array();
		public function __construct( public int $id = 0 ) { $this->is = Site::$hooks_saved[ $id ] ?? array(); }
		public function __call( $name, $with ) { $this->is[ substr( $name, 4 ) ] = $with[0]; }
		public function save() { $this->id = $this->id ?: count( Site::$hooks_saved ) + 1; Site::$hooks_saved[ $this->id ] = $this->is; return $this->id; }
	}
	final class Session { public array $kept = array(); public function get( $name, $default = null ) { return $this->kept[ $name ] ?? $default; } public function set( $name, $value ) { $this->kept[ $name ] = $value; } }
	final class Cart {
		public float $goods = 0.0; public array $coupons = array(); public float $off = 0.0;
		public function has_discount( $code ) { return in_array( $code, $this->coupons, true ); }
		public function apply_coupon( $code ) { if ( apply_filters( 'woocommerce_get_shop_coupon_data', false, $code ) ) { $this->coupons[] = $code; return true; } return false; }
		public function remove_coupon( $code ) { $this->coupons = array_diff( $this->coupons, array( $code ) ); do_action( 'woocommerce_removed_coupon', $code ); }
		public function calculate_totals() { $this->off = 0.0; foreach ( $this->coupons as $code ) { $coupon = apply_filters( 'woocommerce_get_shop_coupon_data', false, $code ); $this->off += $coupon ? min( $this->goods, $coupon['amount'] ) : 0; } }
	}
	final class Item { public function __construct( private string $code, private float $off ) {} public function get_code() { return $this->code; } public function get_discount() { return $this->off; } public function get_discount_tax() { return 0; } }
	final class Order {
		public array $meta = array(), $notes = array(), $items = array();
		public function __construct( private int $id ) { Site::$orders[ $id ] = $this; }
		public function get_id() { return $this->id; } public function get_order_number() { return "$this->id"; }
		public function get_order_key() { return "wc_order_{$GLOBALS['argv'][4]}_$this->id"; } public function get_items( $kind ) { return $this->items; }
		public function get_meta( $name ) { return $this->meta[ $name ] ?? ''; } public function update_meta_data( $name, $value ) { $this->meta[ $name ] = $value; }
		public function save() {} public function add_order_note( $text ) { $this->notes[] = $text; }
		public float $total = 0.0; public float $shipping = 0.0; public array $refunds = array();
		public function get_total() { return $this->total; } public function get_shipping_total() { return $this->shipping; } public function get_shipping_tax() { return 0; }
		public function get_refunds() { return $this->refunds; } public function get_item_count() { return 2; }
		public function get_total_qty_refunded() { return -array_sum( array_map( static fn( $refund ) => $refund->items, $this->refunds ) ); }
	}
	final class Refund { public function __construct( private float $amount, private float $shipping, public int $items ) {} public function get_amount() { return $this->amount; } public function get_shipping_total() { return -$this->shipping; } public function get_shipping_tax() { return 0; } }
	final class Shop { public Session $session; public Cart $cart; }
	$shop = new Shop(); $shop->session = new Session(); $shop->cart = new Cart();
	function WC() { return $GLOBALS['shop']; }
	require $argv[1] . '/batua-wallet.php';
	do_action( 'before_woocommerce_init' ); do_action( 'plugins_loaded' ); do_action( 'woocommerce_blocks_loaded' );

	function step( string $what, array $with ) {
		global $shop, $argv;
		switch ( $what ) {
			case 'save': $_POST = $with; do_action( 'admin_post_batua_wallet_save' ); return null;
			case 'site': foreach ( $with as $name => $value ) { Site::$$name = $value; } return null;
			case 'page': ob_start(); Batua_Settings::show(); return ob_get_clean();
			case 'state': return array( 'declared' => \Automattic\WooCommerce\Utilities\FeaturesUtil::$declared, 'webhooks' => array_values( Site::$hooks_saved ), 'scheduled' => count( Site::$scheduled ), 'orders' => array_map( static fn( $order ) => array( 'meta' => $order->meta[ Batua_Orders::META ] ?? null, 'notes' => count( $order->notes ) ), Site::$orders ) );
			case 'goods': $shop->cart->goods = $with[0]; $shop->cart->calculate_totals(); return null;
			case 'coupon': return $shop->cart->apply_coupon( $with[0] );
			case 'ajax': $_POST = $with; do_action( 'wc_ajax_batua_wallet' ); return null;
			case 'block': ( Site::$store_api['update']['callback'] )( $with ); return ( Site::$store_api['data']['data_callback'] )();
			case 'off': return $shop->cart->off;
			case 'order':
				$order = Site::$orders[ $with[0] ] ?? new Order( $with[0] );
				$shop->cart->calculate_totals();
				$order->items = array_map( static fn( $code ) => new Item( $code, $shop->cart->off ), array_values( $shop->cart->coupons ) );
				$order->shipping = $with[2] ?? 0; $order->total = $shop->cart->goods - $shop->cart->off + $order->shipping;
				if ( 'classic' === $with[1] ) { do_action( 'woocommerce_checkout_order_processed', $with[0], array(), $order ); } else { do_action( 'woocommerce_store_api_checkout_order_processed', $order ); }
				return null;
			case 'emptied': $shop->cart = new Cart(); do_action( 'woocommerce_cart_emptied' ); return null;
			case 'refund': Site::$orders[ $with[0] ]->refunds[] = new Refund( $with[1], $with[2] ?? 0, $with[3] ?? 0 ); do_action( 'woocommerce_order_partially_refunded', $with[0], 900 ); return null;
			case 'hook': do_action( $with[0], $with[1] ); return null;
			case 'scheduled': foreach ( Site::$scheduled as list( $hook, $args ) ) { do_action( $hook, ...$args ); } Site::$scheduled = array(); return null;
			case 'deactivate': do_action( 'deactivate' ); return null;
		}
		throw new LogicException( $what );
	}
	while ( false !== ( $line = fgets( STDIN ) ) ) {
		$said = json_decode( $line, true );
		try { $answer = array( 'ok' => step( $said[0], $said[1] ?? array() ) ); }
		catch ( Exception $fault ) { $answer = array( 'error' => get_class( $fault ), 'message' => $fault->getMessage() ); }
		echo json_encode( $answer ), "\n";
	}
}
