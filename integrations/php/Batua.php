<?php

declare(strict_types=1);

/**
 * Client of a Batua merchant's counter: one file, nothing beyond PHP itself (8.1 and later).
 *
 *     require 'Batua.php';
 *     $counter = new Batua('https://wallet.example.com', $key);
 *     $issued = $counter->issue(['phone' => '+919876543210', 'bill_amount' => '499.50', 'reference' => 'INV-1001']);
 *
 * Send amounts as strings: a PHP float is no exact decimal. Every change carries an idempotency key: yours, or the
 * reference, or a new one per call; so what is sent again after a timeout is counted once.
 */

/** A refusal. `errorCode` is stable; `figures` are amounts such as the balance; `fields` tells what to mend. */
class BatuaError extends RuntimeException
{
    public readonly string $errorCode;
    public readonly array $figures;
    public readonly array $fields;

    public function __construct(public readonly int $status, array $answer)
    {
        $this->errorCode = (string) ($answer['code'] ?? 'unknown');
        $this->figures = (array) ($answer['meta'] ?? []);
        $this->fields = (array) ($answer['errors'] ?? []);
        parent::__construct($this->errorCode . ': ' . ($answer['message'] ?? 'no reason was given'), $status);
    }
}

/** No answer came, however often it was asked. A change may have been made: send it again with the same key. */
class BatuaUnreachable extends RuntimeException
{
}

final class BatuaHttp
{
    private const TRANSIENT = [408, 409, 425, 429, 500, 502, 503, 504];

    public function __construct(private readonly float $timeout = 10.0, private readonly int $retries = 4)
    {
    }

    /** The key goes in a header: without encryption only to this very machine. */
    public static function requireHttps(string $url): void
    {
        $scheme = parse_url($url, PHP_URL_SCHEME);
        $local = in_array(parse_url($url, PHP_URL_HOST), ['127.0.0.1', 'localhost'], true);
        if ($scheme !== 'https' && !($scheme === 'http' && $local)) {
            throw new InvalidArgumentException('the address must begin with https://');
        }
    }

    /** As JSON, without floats: they are no exact decimals. */
    public static function encoded(array|object $body): string
    {
        $values = (array) $body;
        array_walk_recursive($values, static function (mixed $value, int|string $name): void {
            if (is_float($value)) {
                throw new InvalidArgumentException("$name is a float, which is no exact decimal: send a string");
            }
        });
        return json_encode($body, JSON_THROW_ON_ERROR);
    }

    /** The answer; asked again after silence and passing trouble, with the same content and key. */
    public function ask(string $method, string $url, ?string $body, array|Closure $headers): array
    {
        for ($attempt = 0; ; $attempt++) {
            $wait = random_int(0, 250_000 * 2 ** $attempt);
            [$status, $answer, $retryAfter] = $this->once($method, $url, $body, is_array($headers) ? $headers : $headers());
            if ($status === 0 && $attempt === $this->retries) {
                throw new BatuaUnreachable('no answer from ' . $url);
            }
            $passing = $status !== 409 || ($answer['code'] ?? null) === 'request_in_progress';
            $again = $status === 0 || (in_array($status, self::TRANSIENT, true) && $passing);
            if (!$again || $attempt === $this->retries) {
                return [$status, $answer];
            }
            usleep(max($wait, min(60, $retryAfter) * 1_000_000));
        }
    }

    private function once(string $method, string $url, ?string $body, array $headers): array
    {
        $lines = array_map(static fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => implode("\r\n", $lines),
            'content' => $body ?? '',
            'timeout' => $this->timeout,
            'ignore_errors' => true,
            'follow_location' => 0,
        ]]);
        $content = @file_get_contents($url, false, $context);
        if ($content === false || empty($http_response_header)) {
            return [0, [], 0];
        }
        preg_match('{^HTTP/\S+ (\d{3})}', $http_response_header[0], $match);
        $retryAfter = 0;
        foreach ($http_response_header as $line) {
            if (preg_match('{^Retry-After: *(\d+)}i', $line, $told)) {
                $retryAfter = (int) $told[1];
            }
        }
        $answer = json_decode($content, true, 512, JSON_BIGINT_AS_STRING);
        return [(int) ($match[1] ?? 0), is_array($answer) ? $answer : [], $retryAfter];
    }
}

final class Batua
{
    private readonly BatuaHttp $http;
    private readonly string $url;

    public function __construct(string $url, private readonly string $key, float $timeout = 10.0, int $retries = 4)
    {
        BatuaHttp::requireHttps($url);
        $this->url = rtrim($url, '/');
        $this->http = new BatuaHttp($timeout, $retries);
    }

    /** Gives coins: one of `phone`, `wallet_id`, `qr`; `bill_amount`, or `coins`; `reference`. */
    public function issue(array $body, ?string $idempotencyKey = null): array
    {
        return $this->change('/api/v1/merchant/coins/issue', $body, $idempotencyKey);
    }

    /** Takes coins: one of `phone`, `wallet_id`, `qr`; `coins`; `bill_amount`; `reference`. */
    public function redeem(array $body, ?string $idempotencyKey = null): array
    {
        return $this->change('/api/v1/merchant/coins/redeem', $body, $idempotencyKey);
    }

    /** Undoes a transaction, wholly, or `coins` of it; `reason`. */
    public function reverse(string $transactionId, array $body = [], ?string $idempotencyKey = null): array
    {
        return $this->change('/api/v1/merchant/coins/' . rawurlencode($transactionId) . '/reverse', $body, $idempotencyKey);
    }

    /** What an issue would give now; nothing is written. */
    public function calculateIssue(array $body): array
    {
        return $this->send('POST', '/api/v1/merchant/coins/issue/calculate', $body);
    }

    /** The balance of one of `phone`, `wallet_id`, `qr`. */
    public function balance(array $who): array
    {
        return $this->send('GET', '/api/v1/merchant/customers/balance?' . http_build_query($who));
    }

    /** What a redemption would do now; nothing is written. */
    public function calculateRedeem(array $body): array
    {
        return $this->send('POST', '/api/v1/merchant/coins/redeem/calculate', $body);
    }

    /** A customer with its wallet, last visit and rewards: one of `phone`, `wallet_id`, `qr`. */
    public function lookup(array $who): array
    {
        return $this->send('GET', '/api/v1/merchant/customers/lookup?' . http_build_query($who));
    }

    /** What was issued and redeemed this month, and the last twelve months. */
    public function stats(): array
    {
        return $this->send('GET', '/api/v1/merchant/stats');
    }

    /** All transactions, newest first, page by page: `customer`, `from`, `to`, `type`, `reference`; `limit` of a page. */
    public function ledger(array $filters = []): Generator
    {
        do {
            $answer = $this->answer('GET', '/api/v1/merchant/ledger?' . http_build_query($filters));
            foreach ($answer['data'] as $entry) {
                yield $entry;
            }
            $filters['cursor'] = $answer['meta']['next_cursor'] ?? null;
        } while ($filters['cursor']);
    }

    private function change(string $path, array $body, ?string $idempotencyKey): array
    {
        // Where there is a reference it is the key: the same bill sent by two tills is one bill.
        $own = $idempotencyKey ?? (isset($body['reference']) ? null : bin2hex(random_bytes(16)));
        return $this->send('POST', $path, $body, $own === null ? [] : ['Idempotency-Key' => $own]);
    }

    private function send(string $method, string $path, ?array $body = null, array $headers = []): array
    {
        return $this->answer($method, $path, $body, $headers)['data'];
    }

    private function answer(string $method, string $path, ?array $body = null, array $headers = []): array
    {
        $content = $body === null ? null : BatuaHttp::encoded((object) $body);
        $sent = ['Authorization' => 'Bearer ' . $this->key, 'Content-Type' => 'application/json'] + $headers;
        [$status, $answer] = $this->http->ask($method, $this->url . $path, $content, $sent);
        if ($status >= 400) {
            throw new BatuaError($status, $answer);
        }
        return $answer;
    }
}

/** Sends the sales of a billing system to its connection: the webhook's address, and the secret that came with it. */
final class BatuaTill
{
    private readonly BatuaHttp $http;

    public function __construct(
        private readonly string $webhookUrl,
        private readonly string $secret,
        float $timeout = 10.0,
        int $retries = 4
    ) {
        BatuaHttp::requireHttps($webhookUrl);
        $this->http = new BatuaHttp($timeout, $retries);
    }

    /** Tells how a sale stands now; again whenever it changes. With `$dryRun`, what that would do. */
    public function sell(array $sale, bool $dryRun = false): array
    {
        $content = BatuaHttp::encoded($sale);
        $id = 'msg_' . bin2hex(random_bytes(16));
        $headers = fn () => ['Content-Type' => 'application/json'] + self::signatureHeaders($this->secret, $id, $content);
        $url = $this->webhookUrl . ($dryRun ? '?dry_run=true' : '');
        [$status, $answer] = $this->http->ask('POST', $url, $content, $headers);
        if ($status >= 400) {
            throw new BatuaError($status, $answer);
        }
        return $answer;
    }

    /** The headers of Standard Webhooks (standardwebhooks.com): good for five minutes, so each attempt has its own. */
    public static function signatureHeaders(string $secret, string $id, string $content, ?int $now = null): array
    {
        $second = $now ?? time();
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
        $signature = base64_encode(hash_hmac('sha256', "$id.$second.$content", $key === false ? $secret : $key, true));
        return ['webhook-id' => $id, 'webhook-timestamp' => (string) $second, 'webhook-signature' => "v1,$signature"];
    }
}
