/* The block checkout: the same below the order's totals. The server does everything; this sends code and coins to it. */
( function ( wp, wc ) {
	if ( ! wp || ! wc || ! wc.blocksCheckout || ! wc.blocksCheckout.ExperimentalDiscountsMeta ) {
		return;
	}
	const { createElement: h, useState } = wp.element;
	const { ExperimentalDiscountsMeta, extensionCartUpdate } = wc.blocksCheckout;

	function Wallet( { extensions } ) {
		const wallet = ( extensions && extensions[ 'batua-wallet' ] ) || {};
		const [ code, setCode ] = useState( '' );
		const [ coins, setCoins ] = useState( '' );
		const [ message, setMessage ] = useState( '' );
		const send = () =>
			extensionCartUpdate( { namespace: 'batua-wallet', data: { code, coins } } )
				.then( () => setMessage( '' ) )
				.catch( ( refused ) => setMessage( refused.message ) );
		return h(
			'div',
			{ className: 'wc-block-components-totals-wrapper batua-wallet' },
			h( 'strong', null, 'Pay with coins' ),
			Number.isInteger( wallet.available ) && h( 'p', null, wallet.available + ' coins available, ' + wallet.coins + ' used.' ),
			h( 'label', null, 'Wallet code ', h( 'input', { value: code, maxLength: 128, autoComplete: 'off', onChange: ( e ) => setCode( e.target.value ) } ) ),
			h( 'label', null, ' Coins ', h( 'input', { type: 'number', min: 0, step: 1, value: coins, onChange: ( e ) => setCoins( e.target.value ) } ) ),
			h( 'button', { type: 'button', onClick: send }, 'Use coins' ),
			h( 'p', { role: 'status' }, message )
		);
	}

	wp.plugins.registerPlugin( 'batua-wallet', {
		render: () => h( ExperimentalDiscountsMeta, null, h( Wallet ) ),
		scope: 'woocommerce-checkout',
	} );
} )( window.wp, window.wc );
