#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "store/crypt.h"

/*
 * Known answers are BLAKE2b as another implementation (Python's hashlib) has
 * it, with the subkeys made by it too: personal "scrub/v1", the purpose as
 * salt, the master key 00 01 02 ... 1f as key.
 */
static struct crypt *
crypt_of(int step)
{
	unsigned char master[CRYPT_KEY];
	struct crypt *c;
	struct err err;

	for (int i = 0; i < CRYPT_KEY; i++)
		master[i] = (unsigned char)(i * step);
	cr_assert(crypt_new(&c, master, &err) == 0);
	return c;
}

static const char *
hex(const unsigned char *p, size_t n)
{
	static char out[129];

	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	return out;
}

Test(crypt, a_look_up_hash_is_keyed_blake2b)
{
	struct crypt *c = crypt_of(1), *other = crypt_of(2);
	unsigned char a[CRYPT_LOOKUP], b[CRYPT_LOOKUP];

	crypt_lookup(c, 8613800138000, a);
	cr_expect(eq(str, (char *)hex(a, sizeof(a)),
	    "21205950fbd54f66060deb90ea9621d6"));
	crypt_lookup(c, 8613800138001, b);
	cr_expect(memcmp(a, b, sizeof(a)) != 0);
	crypt_lookup(other, 8613800138000, b);
	cr_expect(memcmp(a, b, sizeof(a)) != 0, "another key");
	crypt_free(c);
	crypt_free(other);
}

Test(crypt, a_short_hash_is_keyed_siphash2b)
{
	struct crypt *c = crypt_of(1), *other = crypt_of(2);
	unsigned char a[CRYPT_SHORT], b[CRYPT_SHORT];

	crypt_short(c, 8613800138000, a);
	cr_expect(eq(str, (char *)hex(a, sizeof(a)), "14ae763314845591"));
	crypt_short(c, 8613800138001, b);
	cr_expect(memcmp(a, b, sizeof(a)) != 0);
	crypt_short(other, 8613800138000, b);
	cr_expect(memcmp(a, b, sizeof(a)) != 0, "another key");
	crypt_free(c);
	crypt_free(other);
}

Test(crypt, a_person_key_has_its_top_bits_set)
{
	struct crypt *c = crypt_of(1), *other = crypt_of(2);

	cr_expect(eq(u64, crypt_person(c, "C-1001", 6), 0xf84e2309939f5b6a));
	cr_expect(ne(u64, crypt_person(c, "C-1001", 6),
	    crypt_person(c, "C-1002", 6)));
	cr_expect(ne(u64, crypt_person(c, "C-1001", 6),
	    crypt_person(other, "C-1001", 6)));
	for (int i = 0; i < 100; i++)
		cr_expect(eq(u64, crypt_person(c, &i, sizeof(i)) >> 62, 3));
	crypt_free(c);
	crypt_free(other);
}

Test(crypt, macs_and_links_of_a_chain)
{
	static const unsigned char zero[CRYPT_MAC];
	struct crypt *c = crypt_of(1);
	unsigned char mac[CRYPT_MAC], other[CRYPT_MAC];

	crypt_mac(c, CRYPT_FACTS, NULL, "abc", 3, mac);
	cr_expect(eq(str, (char *)hex(mac, sizeof(mac)),
	    "494a15030f375afcae9d1e318b4644b926eb61d46382832b483550e6e6723c0a"));
	crypt_mac(c, CRYPT_AUDIT, zero, "abc", 3, mac);
	cr_expect(eq(str, (char *)hex(mac, sizeof(mac)),
	    "3816f305edd7337455f11888ca5932bd5472a8f9648c5648640db968547897fc"));

	/* Another purpose, another link, other bytes: another mac. */
	crypt_mac(c, CRYPT_FACTS, zero, "abc", 3, other);
	cr_expect(memcmp(mac, other, CRYPT_MAC) != 0);
	crypt_mac(c, CRYPT_AUDIT, NULL, "abc", 3, other);
	cr_expect(memcmp(mac, other, CRYPT_MAC) != 0);
	crypt_mac(c, CRYPT_AUDIT, zero, "abd", 3, other);
	cr_expect(memcmp(mac, other, CRYPT_MAC) != 0);
	crypt_free(c);
}

Test(crypt, bytes_that_begin_like_a_link_are_none)
{
	unsigned char mac[CRYPT_MAC], other[CRYPT_MAC], bytes[CRYPT_MAC + 3];
	struct crypt *c = crypt_of(1);

	memset(bytes, 7, CRYPT_MAC);
	memcpy(bytes + CRYPT_MAC, "abc", 3);
	crypt_mac(c, CRYPT_AUDIT, bytes, "abc", 3, mac);
	crypt_mac(c, CRYPT_AUDIT, NULL, bytes, sizeof(bytes), other);
	cr_expect(memcmp(mac, other, CRYPT_MAC) != 0);
	crypt_free(c);
}

Test(crypt, a_stream_gives_the_mac_of_its_pieces_together)
{
	struct crypt *c = crypt_of(3);
	unsigned char text[1000], want[CRYPT_MAC], got[CRYPT_MAC];
	struct crypt_stream *s;
	struct err err;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * i);
	crypt_mac(c, CRYPT_BACKUP, NULL, text, sizeof(text), want);
	for (size_t step = 1; step < sizeof(text); step += 37) {
		cr_assert(crypt_stream_new(&s, c, CRYPT_BACKUP, &err) == 0);
		for (size_t at = 0; at < sizeof(text); at += step)
			crypt_stream_add(s, text + at,
			    at + step < sizeof(text) ? step :
						       sizeof(text) - at);
		crypt_stream_end(s, got);
		crypt_stream_free(s);
		cr_expect(memcmp(got, want, CRYPT_MAC) == 0, "step %zu", step);
	}
	crypt_free(c);
}

enum { NOTE = 20, SEALED = NOTE + CRYPT_SEAL_EXTRA };
static const char note[NOTE] = "rang twice, said no";

Test(crypt, a_seal_opens_to_what_was_put_in)
{
	struct crypt *c = crypt_of(1);
	unsigned char one[SEALED], two[SEALED];
	char out[NOTE];
	struct err err;

	cr_assert(crypt_seal(c, one, note, NOTE, "row 1", 5, &err) == 0);
	cr_assert(crypt_seal(c, two, note, NOTE, "row 1", 5, &err) == 0);
	cr_expect(memcmp(one, two, SEALED) != 0, "each has its own nonce");
	cr_expect(memmem(one, SEALED, note, 4) == NULL, "nothing shows");
	cr_assert(crypt_open(c, out, one, SEALED, "row 1", 5, &err) == 0);
	cr_expect(memcmp(out, note, NOTE) == 0);
	cr_assert(crypt_open(c, out, two, SEALED, "row 1", 5, &err) == 0);
	cr_expect(memcmp(out, note, NOTE) == 0);
	crypt_free(c);
}

Test(crypt, nothing_can_be_sealed_too)
{
	struct crypt *c = crypt_of(1);
	unsigned char one[CRYPT_SEAL_EXTRA];
	struct err err;

	cr_assert(crypt_seal(c, one, NULL, 0, NULL, 0, &err) == 0);
	cr_expect(crypt_open(c, NULL, one, sizeof(one), NULL, 0, &err) == 0);
	one[30] ^= 1;
	cr_expect(crypt_open(c, NULL, one, sizeof(one), NULL, 0, &err) == -1);
	crypt_free(c);
}

Test(crypt, every_flipped_bit_of_a_seal_is_noticed)
{
	struct crypt *c = crypt_of(1);
	unsigned char one[SEALED];
	char out[NOTE];
	struct err err;

	cr_assert(crypt_seal(c, one, note, NOTE, "row 1", 5, &err) == 0);
	for (size_t bit = 0; bit < 8 * (size_t)SEALED; bit++) {
		one[bit / 8] ^= (unsigned char)(1 << bit % 8);
		err.code = ERR_NONE;
		cr_expect(
		    crypt_open(c, out, one, SEALED, "row 1", 5, &err) == -1);
		cr_expect(eq(int, err.code, ERR_AUTH), "bit %zu", bit);
		one[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t n = 0; n < SEALED; n++)
		cr_expect(crypt_open(c, out, one, n, "row 1", 5, &err) == -1,
		    "cut to %zu bytes", n);
	crypt_free(c);
}

Test(crypt, a_seal_opens_in_its_place_and_under_its_key_alone)
{
	struct crypt *c = crypt_of(1), *other = crypt_of(2);
	unsigned char one[SEALED];
	char out[NOTE];
	struct err err = { 0 };

	cr_assert(crypt_seal(c, one, note, NOTE, "row 1", 5, &err) == 0);
	cr_expect(crypt_open(c, out, one, SEALED, "row 2", 5, &err) == -1);
	cr_expect(eq(int, err.code, ERR_AUTH));
	cr_expect(crypt_open(c, out, one, SEALED, "row 1", 4, &err) == -1);
	cr_expect(crypt_open(c, out, one, SEALED, NULL, 0, &err) == -1);
	cr_expect(crypt_open(other, out, one, SEALED, "row 1", 5, &err) == -1);
	crypt_free(c);
	crypt_free(other);
}

Test(crypt, a_passphrase_key_depends_on_everything_it_is_made_of)
{
	static const unsigned char salt[CRYPT_SALT] = { 1 },
				   other[CRYPT_SALT] = { 2 };
	unsigned char want[CRYPT_KEY], key[CRYPT_KEY];
	struct err err;

	cr_assert(
	    crypt_passphrase_key(want, "open", 4, salt, 1, 8192, &err) == 0);
	cr_assert(
	    crypt_passphrase_key(key, "open", 4, salt, 1, 8192, &err) == 0);
	cr_expect(memcmp(want, key, CRYPT_KEY) == 0, "the same twice");
	crypt_passphrase_key(key, "opem", 4, salt, 1, 8192, &err);
	cr_expect(memcmp(want, key, CRYPT_KEY) != 0, "the phrase");
	crypt_passphrase_key(key, "open", 3, salt, 1, 8192, &err);
	cr_expect(memcmp(want, key, CRYPT_KEY) != 0, "its length");
	crypt_passphrase_key(key, "open", 4, other, 1, 8192, &err);
	cr_expect(memcmp(want, key, CRYPT_KEY) != 0, "the salt");
	crypt_passphrase_key(key, "open", 4, salt, 2, 8192, &err);
	cr_expect(memcmp(want, key, CRYPT_KEY) != 0, "the operations");
	crypt_passphrase_key(key, "open", 4, salt, 1, 16384, &err);
	cr_expect(memcmp(want, key, CRYPT_KEY) != 0, "the memory");
}

Test(crypt, the_digest_of_a_file)
{
	unsigned char got[CRYPT_SHA256];
	char path[] = "/tmp/scrub-crypt.XXXXXX";
	int fd = mkstemp(path);
	struct err err = { 0 };

	cr_assert(fd >= 0);
	/* FIPS 180-2, appendix B.1, and the digest of nothing */
	cr_assert(crypt_file_sha256(got, path, &err) == 0);
	cr_expect(eq(str, (char *)hex(got, sizeof(got)),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	cr_assert(write(fd, "abc", 3) == 3);
	cr_assert(crypt_file_sha256(got, path, &err) == 0);
	cr_expect(eq(str, (char *)hex(got, sizeof(got)),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	close(fd);
	unlink(path);
	cr_expect(crypt_file_sha256(got, path, &err) == -1);
	cr_expect(eq(int, err.code, ERR_IO));
}
