<?php
/** A must-use plugin of the tests' site: requests to this machine are allowed, mail is not sent. */
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', static fn( $ports ) => array_merge( $ports, array( (int) getenv( 'BATUA_PORT' ) ) ) );
add_filter( 'pre_wp_mail', '__return_true' );
