/*
 * fuzz_keyring.c - there is one way to write a key file.
 *
 * Properties, for any bytes: they are refused, or what they say, written again,
 * is the same bytes, and asks for no more than a passphrase may cost.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "store/keyring_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keyring_text t;
	struct err err = { 0 };
	char again[KEYRING_FILE_MAX];
	size_t n;

	if (keyring_text_parse(&t, (const char *)data, size, &err) < 0) {
		assert(err.code == ERR_AUTH && err.text[0]);
		return 0;
	}
	assert(t.keys == 1 || t.keys == KEYRING_KEYS);
	if (t.sealed) {
		assert(t.ops >= 1 && t.ops <= KEYRING_OPS_MAX);
		assert(t.memory >= KEYRING_MEMORY_MIN);
		assert(t.memory <= KEYRING_MEMORY_MAX);
	}
	n = keyring_text_body(&t, again);
	assert(n == t.covered);
	n = keyring_text_check(&t, again, n);
	assert(n == size && memcmp(again, data, n) == 0);
	return 0;
}
