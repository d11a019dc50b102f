/* The classic checkout: shows the balance of a wallet code, and uses coins. */
jQuery( function ( $ ) {
	$( document.body ).on( 'click', '#batua-apply', function () {
		const sent = { security: batuaWallet.nonce, code: $( '#batua-code' ).val(), coins: $( '#batua-coins' ).val() };
		$.post( batuaWallet.url, sent )
			.done( function ( answer ) {
				$( '#batua-message' ).text( answer.data.available + ' coins available, ' + answer.data.coins + ' used.' );
				$( document.body ).trigger( 'update_checkout' );
			} )
			.fail( function ( refused ) {
				const data = refused.responseJSON && refused.responseJSON.data;
				$( '#batua-message' ).text( data ? data.message : 'The wallet could not be reached. Try again in a minute.' );
			} );
	} );
} );
