<?php
/**
 * Coins of an order: redeemed once when it is placed, and given back when it is cancelled or refunded, as a whole or by
 * the share that is refunded.
 *
 * An order's meta says how far that is. It is saved before each request, so what was sent before a lost answer is sent
 * again with the same key, and counts once.
 */

defined( 'ABSPATH' ) || exit;

class Batua_Orders {
	public const META  = '_batua_redemption';
	private const RETRY       = 'batua_wallet_give_back';
	private const RETRY_SHARE = 'batua_wallet_give_share_back';

	public static function register(): void {
		add_action( 'woocommerce_checkout_order_processed', array( self::class, 'place_classic' ), 5, 3 );
		add_action( 'woocommerce_store_api_checkout_order_processed', array( self::class, 'place_block' ), 5 );
		add_action( 'woocommerce_order_status_cancelled', array( self::class, 'give_back' ) );
		add_action( 'woocommerce_order_status_refunded', array( self::class, 'give_back' ) );
		add_action( 'woocommerce_trash_order', array( self::class, 'give_back' ) );
		add_action( 'woocommerce_before_delete_order', array( self::class, 'give_back' ) );
		add_action( 'woocommerce_order_partially_refunded', array( self::class, 'give_share_back' ) );
		add_action( self::RETRY, array( self::class, 'give_back' ) );
		add_action( self::RETRY_SHARE, array( self::class, 'give_share_back' ) );
	}

	/** The classic checkout shows the message of an exception, and the customer tries again. */
	public static function place_classic( $order_id, $posted, $order ): void {
		try {
			self::place( $order );
		} catch ( Batua_Refused | Batua_Unreachable $refusal ) {
			throw new Exception( esc_html( Batua_Checkout::message( $refusal ) ) );
		}
	}

	public static function place_block( $order ): void {
		try {
			self::place( $order );
		} catch ( Batua_Refused | Batua_Unreachable $refusal ) {
			throw new \Automattic\WooCommerce\StoreApi\Exceptions\RouteException( 'batua_wallet', Batua_Checkout::message( $refusal ), 400 );
		}
	}

	/** Redeems the coins that pay for the order's coupon. */
	public static function place( $order ): void {
		$discount = self::discount( $order );
		$done     = self::redemption( $order );
		$chosen   = Batua_Checkout::chosen();
		if ( $discount <= 0 ) {
			self::undo( $order, $done, 'The order no longer uses coins' );
			return;
		}
		if ( null === $chosen ) {
			if ( 'redeemed' === $done['state'] && $done['paise'] >= (int) round( $discount * 100 ) ) {
				return;
			}
			throw new Batua_Refused( 'wallet_code_missing', 'Enter your wallet code again: these coins are not in your session any more.' );
		}
		$wanted = array(
			'coins'  => Batua_Checkout::coins_for( $chosen, $discount ),
			'code'   => $chosen['code'],
			'holder' => hash( 'sha256', $chosen['code'] ),
		);
		if ( Batua_Checkout::rupees( $chosen, $wanted['coins'] ) + 0.005 < $discount ) {
			throw new Batua_Refused( 'coins_below_discount', 'The coins do not cover the discount. Choose them again.' );
		}
		if ( $done['coins'] !== $wanted['coins'] || $done['holder'] !== $wanted['holder'] || 'reversed' === $done['state'] ) {
			self::undo( $order, $done, 'The order changed before it was paid' );
			$number = self::redemption( $order )['number'] + 1;
			$done   = array( 'state' => 'sent', 'number' => $number, 'paise' => (int) round( $discount * 100 ), 'id' => '', 'back' => 0, 'pending' => 0 ) + $wanted;
			self::remember( $order, $done );
		}
		if ( 'redeemed' === $done['state'] ) {
			return;
		}
		try {
			self::redeem( $order, $done );
		} catch ( Batua_Refused $refusal ) {
			// A refusal is kept under the key: the next attempt has one of its own.
			self::remember( $order, array( 'state' => 'reversed', 'code' => '' ) + $done );
			throw $refusal;
		}
	}

	/** Gives an order's coins back. Nothing happens where it has none, or they were given back before. */
	public static function give_back( $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( ! $order ) {
			return;
		}
		try {
			self::undo( $order, self::redemption( $order ), 'Order ' . $order->get_order_number() . ' was cancelled' );
		} catch ( Batua_Unreachable $silence ) {
			$order->add_order_note( 'Batua could not be reached to give the coins back. It is tried again in five minutes.' );
			as_schedule_single_action( time() + 300, self::RETRY, array( $order->get_id() ), 'batua-wallet', true );
		} catch ( Batua_Refused $refusal ) {
			$order->add_order_note( 'The coins could not be given back: ' . $refusal->getMessage() );
		}
	}

	/**
	 * Gives back the share of the coins that the refunds so far are of the order, in whole coins.
	 *
	 * What is about to be given back is saved first. Where its answer is lost, exactly that is sent again before anything
	 * is worked out anew, so that a second refund in between counts once.
	 */
	public static function give_share_back( $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( ! $order ) {
			return;
		}
		try {
			$done = self::redemption( $order );
			if ( 'sent' === $done['state'] ) {
				$done = self::redeem( $order, $done );
			}
			if ( 'redeemed' !== $done['state'] ) {
				return;
			}
			$done = self::reverse_share( $order, $done, $done['pending'] );
			self::reverse_share( $order, $done, self::refunded_coins( $order, $done['coins'] ) );
		} catch ( Batua_Unreachable $silence ) {
			$order->add_order_note( 'Batua could not be reached to give coins back for the refund. It is tried again in five minutes.' );
			as_schedule_single_action( time() + 300, self::RETRY_SHARE, array( $order->get_id() ), 'batua-wallet', true );
		} catch ( Batua_Refused $refusal ) {
			$order->add_order_note( 'Coins could not be given back for the refund: ' . $refusal->getMessage() );
		}
	}

	/** Brings what was given back to `$target` coins in all. */
	private static function reverse_share( $order, array $done, int $target ): array {
		if ( $target <= $done['back'] ) {
			return $done;
		}
		$coins = $target - $done['back'];
		$done  = array( 'pending' => $target ) + $done;
		self::remember( $order, $done );
		self::api()->reverse( $done['id'], 'Refund of order ' . $order->get_order_number(), self::key( $order, $done ) . '-back-' . $target, $coins );
		$done = array( 'back' => $target, 'pending' => 0 ) + $done;
		self::remember( $order, $done );
		$order->add_order_note( $coins . ' coins were given back for the refund.' );
		return $done;
	}

	/**
	 * The refunded share of what was paid for goods beside the coins; where coins paid for all of it, of the items.
	 *
	 * Coins never pay for shipping, so a refund of shipping gives none back.
	 */
	private static function refunded_coins( $order, int $coins ): int {
		$shipping = (float) $order->get_shipping_total() + (float) $order->get_shipping_tax();
		$paid     = (int) round( ( (float) $order->get_total() - $shipping ) * 100 );
		$refunded = 0.0;
		foreach ( $order->get_refunds() as $refund ) {
			$refunded += (float) $refund->get_amount() - abs( (float) $refund->get_shipping_total() ) - abs( (float) $refund->get_shipping_tax() );
		}
		$refunded = (int) round( $refunded * 100 );
		if ( $paid <= 0 ) {
			$paid     = (int) $order->get_item_count();
			$refunded = abs( (int) $order->get_total_qty_refunded() );
		}
		return $paid > 0 ? intdiv( $coins * max( 0, min( $refunded, $paid ) ), $paid ) : 0;
	}

	private static function undo( $order, array $done, string $reason ): void {
		if ( ! in_array( $done['state'], array( 'sent', 'redeemed' ), true ) ) {
			return;
		}
		$api = self::api();
		if ( 'sent' === $done['state'] ) {
			// Its answer was lost: it is asked again what became of it.
			try {
				$done = self::redeem( $order, $done );
			} catch ( Batua_Refused $never ) {
				self::remember( $order, array( 'state' => 'reversed', 'code' => '' ) + $done );
				return;
			}
		}
		try {
			$api->reverse( $done['id'], $reason, self::key( $order, $done ) . '-back' );
		} catch ( Batua_Refused $refusal ) {
			if ( 'nothing_to_reverse' !== $refusal->error_code ) {
				throw $refusal;
			}
		}
		self::remember( $order, array( 'state' => 'reversed', 'code' => '' ) + $done );
		$order->add_order_note( ( $done['coins'] - $done['back'] ) . ' coins were given back. ' . $reason . '.' );
	}

	private static function redeem( $order, array $done ): array {
		$answer = self::api()->redeem( $done['code'], $done['coins'], 'order ' . $order->get_id(), self::key( $order, $done ) );
		// The wallet code has done its work, and no order keeps it.
		$done = array( 'state' => 'redeemed', 'id' => (string) $answer['transaction_id'], 'code' => '' ) + $done;
		self::remember( $order, $done );
		$order->add_order_note( $done['coins'] . ' coins were redeemed: ' . $done['id'] . '.' );
		return $done;
	}

	private static function api(): Batua_Api {
		$api = Batua_Api::from_settings();
		if ( null === $api ) {
			throw new Batua_Unreachable( 'The shop is not connected to Batua.' );
		}
		return $api;
	}

	/** What our coupon took off, taxes included. */
	private static function discount( $order ): float {
		$sum = 0.0;
		foreach ( $order->get_items( 'coupon' ) as $item ) {
			if ( Batua_Checkout::COUPON === $item->get_code() ) {
				$sum += (float) $item->get_discount() + (float) $item->get_discount_tax();
			}
		}
		return round( $sum, 2 );
	}

	/** The order key is random, so another shop's order of the same number has another key. */
	private static function key( $order, array $done ): string {
		return 'woo-' . hash( 'sha256', $order->get_order_key() ) . '-' . $done['number'];
	}

	private static function redemption( $order ): array {
		$none = array( 'state' => 'none', 'number' => 0, 'coins' => 0, 'paise' => 0, 'code' => '', 'holder' => '', 'id' => '', 'back' => 0, 'pending' => 0 );
		return array_merge( $none, (array) $order->get_meta( self::META ) );
	}

	private static function remember( $order, array $done ): void {
		$order->update_meta_data( self::META, $done );
		$order->save();
	}
}
