-- A wallet as it is ordinarily, and well, kept in PostgreSQL: double entry, one row lock per customer, one round trip.
-- The merchant's side of a transaction has a leg but no balance row, so that merchants' customers don't wait for another.

CREATE TABLE api_key (digest bytea PRIMARY KEY, merchant bigint NOT NULL);

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant bigint NOT NULL,
    phone text NOT NULL,
    balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
    UNIQUE (merchant, phone)
);

CREATE TABLE transaction (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    merchant bigint NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    account bigint NOT NULL REFERENCES account,
    amount bigint NOT NULL CHECK (amount > 0),
    previous bigint NOT NULL,
    balance bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (merchant, key)
);

-- account NULL: the merchant's own side.
CREATE TABLE leg (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction uuid NOT NULL REFERENCES transaction,
    account bigint REFERENCES account,
    amount bigint NOT NULL CHECK (amount <> 0)
);
CREATE INDEX leg_statement ON leg (account, id DESC) INCLUDE (transaction, amount) WHERE account IS NOT NULL;

-- outcome: posted, replayed, reused (the key stands for something else), unknown (no such customer), short.
CREATE FUNCTION post(
    p_merchant bigint, p_key text, p_kind text, p_phone text, p_amount bigint,
    OUT outcome text, OUT id uuid, OUT previous bigint, OUT balance bigint, OUT created_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_account bigint;
    v_before bigint;
    v_prior transaction%ROWTYPE;
    v_change bigint := CASE p_kind WHEN 'issue' THEN p_amount ELSE -p_amount END;
BEGIN
    SELECT a.id, a.balance INTO v_account, v_before
        FROM account a WHERE a.merchant = p_merchant AND a.phone = p_phone FOR UPDATE;
    IF NOT FOUND AND p_kind = 'issue' THEN
        INSERT INTO account (merchant, phone) VALUES (p_merchant, p_phone) ON CONFLICT DO NOTHING;
        SELECT a.id, a.balance INTO v_account, v_before
            FROM account a WHERE a.merchant = p_merchant AND a.phone = p_phone FOR UPDATE;
    END IF;
    -- After the lock: whoever held it may have been this very request.
    SELECT * INTO v_prior FROM transaction t WHERE t.merchant = p_merchant AND t.key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN (v_prior.kind, v_prior.account, v_prior.amount) = (p_kind, v_account, p_amount)
            THEN 'replayed' ELSE 'reused' END;
        id := v_prior.id; previous := v_prior.previous; balance := v_prior.balance; created_at := v_prior.created_at;
        RETURN;
    END IF;
    previous := v_before;
    IF v_account IS NULL THEN outcome := 'unknown'; RETURN; END IF;
    IF v_before + v_change < 0 THEN outcome := 'short'; balance := v_before; RETURN; END IF;
    UPDATE account a SET balance = v_before + v_change WHERE a.id = v_account;
    INSERT INTO transaction (merchant, key, kind, account, amount, previous, balance)
        VALUES (p_merchant, p_key, p_kind, v_account, p_amount, v_before, v_before + v_change)
        RETURNING transaction.id, transaction.balance, transaction.created_at INTO id, balance, created_at;
    INSERT INTO leg (transaction, account, amount) VALUES (id, v_account, v_change), (id, NULL, -v_change);
    outcome := 'posted';
END $$;
