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

    /** The answer; asked again after silence and passing trouble, with the same content and key. */
    public function ask(string $method, string $url, ?string $body, array $headers): array
    {
        for ($attempt = 0; ; $attempt++) {
            $wait = random_int(0, 250_000 * 2 ** $attempt);
            [$status, $answer, $retryAfter] = $this->once($method, $url, $body, $headers);
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
        if (!preg_match('{^(https://|http://(127\.0\.0\.1|localhost)(:\d+)?(/|$))}D', $url)) {
            throw new InvalidArgumentException('the address must begin with https://');
        }
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

    private function change(string $path, array $body, ?string $idempotencyKey): array
    {
        // Where there is a reference it is the key: the same bill sent by two tills is one bill.
        $own = $idempotencyKey ?? (isset($body['reference']) ? null : bin2hex(random_bytes(16)));
        return $this->send('POST', $path, $body, $own === null ? [] : ['Idempotency-Key' => $own]);
    }

    private function send(string $method, string $path, ?array $body = null, array $headers = []): array
    {
        $content = $body === null ? null : json_encode((object) $body, JSON_THROW_ON_ERROR);
        $sent = ['Authorization' => 'Bearer ' . $this->key, 'Content-Type' => 'application/json'] + $headers;
        [$status, $answer] = $this->http->ask($method, $this->url . $path, $content, $sent);
        if ($status >= 400) {
            throw new BatuaError($status, $answer);
        }
        return $answer['data'];
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
        $this->http = new BatuaHttp($timeout, $retries);
    }

    /** Tells how a sale stands now; again whenever it changes. With `$dryRun`, what that would do. */
    public function sell(array $sale, bool $dryRun = false): array
    {
        $content = json_encode($sale, JSON_THROW_ON_ERROR);
        $signature = hash_hmac('sha256', $content, $this->secret);
        $headers = ['Content-Type' => 'application/json', 'X-Batua-Signature' => "sha256=$signature"];
        $url = $this->webhookUrl . ($dryRun ? '?dry_run=true' : '');
        [$status, $answer] = $this->http->ask('POST', $url, $content, $headers);
        if ($status >= 400) {
            throw new BatuaError($status, $answer);
        }
        return $answer;
    }
}
