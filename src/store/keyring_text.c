#include "store/keyring_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

static const char DIGITS[] = "0123456789abcdef";

void
keyring_hex(char *out, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = DIGITS[p[i] >> 4];
		*out++ = DIGITS[p[i] & 15];
	}
	*out = '\0';
}

size_t
keyring_text_bytes(const struct keyring_text *t)
{
	return t->keys * CRYPT_KEY + (t->sealed ? CRYPT_SEAL_EXTRA : 0);
}

/* ---- reading: each function takes what it is for off the front of s ---- */

static bool
take(struct span *s, const char *text)
{
	struct span want = span_str(text);

	if (!span_starts(*s, want))
		return false;
	*s = span_of(s->p + want.n, s->n - want.n);
	return true;
}

/* -1: no digit.  Capitals are none: there is one way to write a thing. */
static int
digit(char c)
{
	const char *at = c ? strchr(DIGITS, c) : NULL;

	return at ? (int)(at - DIGITS) : -1;
}

static bool
take_hex(struct span *s, unsigned char *out, size_t n)
{
	size_t i;

	if (s->n < 2 * n)
		return false;
	for (i = 0; i < n; i++) {
		int high = digit(s->p[2 * i]), low = digit(s->p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	*s = span_of(s->p + 2 * n, s->n - 2 * n);
	return true;
}

/* A number of at most ten digits, from min to max. */
static bool
take_number(struct span *s, uint64_t *out, uint64_t min, uint64_t max)
{
	size_t i;

	*out = 0;
	for (i = 0; i < s->n && i < 10 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		*out = *out * 10 + (uint64_t)(s->p[i] - '0');
	if (i == 0 || s->p[0] == '0' || *out < min || *out > max)
		return false;
	*s = span_of(s->p + i, s->n - i);
	return true;
}

static bool
take_kind(struct span *s, struct keyring_text *t)
{
	t->backup = take(s, "scrub-key-backup 1\n");
	return t->backup || take(s, "scrub-key 1\n");
}

static bool
take_protection(struct span *s, struct keyring_text *t)
{
	if (take(s, "protection none\n"))
		return true;
	t->sealed = true;
	return take(s, "protection argon2id13 ") &&
	    take_hex(s, t->salt, CRYPT_SALT) && take(s, " ") &&
	    take_number(s, &t->ops, 1, KEYRING_OPS_MAX) && take(s, " ") &&
	    take_number(s, &t->memory, KEYRING_MEMORY_MIN,
		KEYRING_MEMORY_MAX) &&
	    take(s, "\n");
}

static bool
take_origin(struct span *s, struct keyring_text *t)
{
	if (!t->backup || take(s, "origin plain\n"))
		return true;
	t->origin_protected = take(s, "origin protected\n");
	return t->origin_protected;
}

static bool
take_id(struct span *s, const char *name, char id[KEYRING_ID_TEXT])
{
	unsigned char bytes[KEYRING_ID];

	if (!take(s, name) || !take_hex(s, bytes, KEYRING_ID) || !take(s, "\n"))
		return false;
	keyring_hex(id, bytes, KEYRING_ID);
	return true;
}

static bool
take_keys(struct span *s, struct keyring_text *t)
{
	if (!take_id(s, "current ", t->id[0]))
		return false;
	t->keys = 1;
	if (span_starts(*s, SPAN("next ")) &&
	    !take_id(s, "next ", t->id[t->keys++]))
		return false;
	return take(s, "keys ") &&
	    take_hex(s, t->bytes, keyring_text_bytes(t)) && take(s, "\n");
}

int
keyring_text_parse(struct keyring_text *t, const char *p, size_t n,
    struct err *err)
{
	struct span s = span_of(p, n);

	*t = (struct keyring_text){ 0 };
	if (!take_kind(&s, t)) {
		if (span_starts(s, SPAN("scrub-key")))
			return err_set(err, ERR_AUTH,
			    "was altered, or is a newer scrub's");
		return err_set(err, ERR_AUTH, "is no key file");
	}
	if (take_protection(&s, t) && take_origin(&s, t) && take_keys(&s, t)) {
		t->covered = n - s.n;
		if (take(&s, "check ") && take_hex(&s, t->check, CRYPT_MAC) &&
		    take(&s, "\n") && s.n == 0)
			return 0;
	}
	return err_set(err, ERR_AUTH, "was altered");
}

/* ---- writing ---- */

/* The longest file is well below KEYRING_FILE_MAX: nothing is ever cut. */
static size_t
add(char out[KEYRING_FILE_MAX], size_t n, const char *name, const char *value)
{
	int put = snprintf(out + n, KEYRING_FILE_MAX - n, "%s %s\n", name,
	    value);

	assert(put > 0 && (size_t)put < KEYRING_FILE_MAX - n);
	return n + (size_t)put;
}

static size_t
add_hex(char out[KEYRING_FILE_MAX], size_t n, const char *name,
    const unsigned char *p, size_t bytes)
{
	assert(2 * bytes + 1 < KEYRING_FILE_MAX - n);
	n = add(out, n, name, "") - 1; /* the line goes on */
	keyring_hex(out + n, p, bytes);
	n += 2 * bytes;
	out[n] = '\n';
	return n + 1;
}

static size_t
add_protection(const struct keyring_text *t, char out[KEYRING_FILE_MAX],
    size_t n)
{
	char salt[2 * CRYPT_SALT + 1], value[128];

	if (!t->sealed)
		return add(out, n, "protection", "none");
	keyring_hex(salt, t->salt, CRYPT_SALT);
	snprintf(value, sizeof(value), "argon2id13 %s %" PRIu64 " %" PRIu64,
	    salt, t->ops, t->memory);
	return add(out, n, "protection", value);
}

size_t
keyring_text_body(const struct keyring_text *t, char out[KEYRING_FILE_MAX])
{
	size_t n;

	n = add(out, 0, t->backup ? "scrub-key-backup" : "scrub-key", "1");
	n = add_protection(t, out, n);
	if (t->backup)
		n = add(out, n, "origin",
		    t->origin_protected ? "protected" : "plain");
	n = add(out, n, "current", t->id[0]);
	if (t->keys > 1)
		n = add(out, n, "next", t->id[1]);
	return add_hex(out, n, "keys", t->bytes, keyring_text_bytes(t));
}

size_t
keyring_text_check(const struct keyring_text *t, char out[KEYRING_FILE_MAX],
    size_t n)
{
	return add_hex(out, n, "check", t->check, CRYPT_MAC);
}
