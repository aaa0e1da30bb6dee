/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unaligned big-endian loads and stores: every Mercurial format is big-endian. */
#ifndef HG_CORE_BYTEORDER_H
#define HG_CORE_BYTEORDER_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HG_SWAP16(v) (v)
#define HG_SWAP32(v) (v)
#define HG_SWAP64(v) (v)
#else
#define HG_SWAP16(v) __builtin_bswap16(v)
#define HG_SWAP32(v) __builtin_bswap32(v)
#define HG_SWAP64(v) __builtin_bswap64(v)
#endif

static inline uint16_t hg_load_be16(const void *source)
{
	uint16_t value;
	memcpy(&value, source, sizeof value);
	return HG_SWAP16(value);
}

static inline uint32_t hg_load_be32(const void *source)
{
	uint32_t value;
	memcpy(&value, source, sizeof value);
	return HG_SWAP32(value);
}

static inline uint64_t hg_load_be64(const void *source)
{
	uint64_t value;
	memcpy(&value, source, sizeof value);
	return HG_SWAP64(value);
}

static inline void hg_store_be32(void *target, uint32_t value)
{
	value = HG_SWAP32(value);
	memcpy(target, &value, sizeof value);
}

static inline void hg_store_be64(void *target, uint64_t value)
{
	value = HG_SWAP64(value);
	memcpy(target, &value, sizeof value);
}

#endif
