package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"solokv/protocol"
)

// settleTime is given to a server after a fill, so that it can finish growing its tables and return memory.
const settleTime = time.Second

// memoryFill is a data set whose cost per item is measured. Each one starts on a fresh, empty server.
type memoryFill struct {
	name, title string
	items       int
	pour        func(ctx context.Context, control *client, items int) error
}

// memoryRows ask for bytes per item: what the kernel says (RSS) and what the server says (used_memory).
func memoryRows(s settings) []row {
	fills := []memoryFill{
		{"strings", "keys of DEBUG POPULATE with 32 B values", s.scaled(keysPopulate), populate},
		{"ttl", "keys of DEBUG POPULATE with 32 B values and a TTL", s.scaled(keysTTL), populateWithTTL},
		{"hash", "fields of one hash, 13 B + 13 B", s.scaled(elementsMany), pourWords(func(i int) []string {
			return []string{"HSET", "hash", numbered("field", i), numbered("value", i)}
		})},
		{"small-hashes", "hashes of 5 fields", s.scaled(hashesSmall), pourWords(smallHash)},
		{"zset", "members of one sorted set, 14 B", s.scaled(elementsMany), pourWords(func(i int) []string {
			return []string{"ZADD", "zset", strconv.Itoa(i), numbered("member", i)}
		})},
		{"set", "members of one set, 14 B", s.scaled(elementsMany), pourWords(func(i int) []string {
			return []string{"SADD", "set", numbered("member", i)}
		})},
		{"list", "elements of one list, 14 B", s.scaled(elementsMany), pourWords(func(i int) []string {
			return []string{"RPUSH", "list", numbered("member", i)}
		})},
	}
	var list []row
	for _, f := range fills {
		list = append(list, row{
			name: "memory-" + f.name, title: grouped(float64(f.items)) + " " + f.title,
			kind: kindMemory, setup: setup{fresh: true}, measure: f.measure,
		})
	}
	return list
}

func (f memoryFill) measure(ctx context.Context, target *server) (sample, error) {
	rssBefore, usedBefore, err := memoryOf(target)
	if err != nil {
		return nil, err
	}
	if err := f.pour(ctx, target.control, f.items); err != nil {
		return nil, err
	}
	if err := pause(ctx, settleTime); err != nil {
		return nil, err
	}
	rss, used, err := memoryOf(target)
	if err != nil {
		return nil, err
	}
	return sample{
		metricRSSPerItem.name: float64(rss-rssBefore) / float64(f.items),
		metricUsedPer.name:    float64(used-usedBefore) / float64(f.items),
		metricRSS.name:        float64(rss) / 1e6,
	}, nil
}

// memoryOf returns what the kernel and the server itself say, in bytes.
func memoryOf(target *server) (rss, used int64, err error) {
	if used, err = target.control.infoInt("memory", "used_memory"); err != nil {
		return 0, 0, err
	}
	rss, err = readRSS(target.pid)
	return rss, used, err
}

// populatePrefix gives keys "key::0" and up: DEBUG POPULATE puts a colon of its own between prefix and number.
const populatePrefix = "key:"

func populate(_ context.Context, control *client, items int) error {
	const valueBytes = 32
	_, err := control.do("DEBUG", "POPULATE", strconv.Itoa(items), populatePrefix, strconv.Itoa(valueBytes))
	return err
}

func populateWithTTL(ctx context.Context, control *client, items int) error {
	if err := populate(ctx, control, items); err != nil {
		return err
	}
	const farAway = "86400"
	return pourWords(func(i int) []string {
		return []string{"EXPIRE", populatePrefix + ":" + strconv.Itoa(i), farAway}
	})(ctx, control, items)
}

// pourWords makes a fill of one command per item.
func pourWords(words func(i int) []string) func(context.Context, *client, int) error {
	return func(ctx context.Context, control *client, items int) error {
		return control.pour(ctx, items, func(dst []byte, i int) []byte {
			return protocol.AppendCommandStrings(dst, words(i)...)
		})
	}
}

func smallHash(i int) []string {
	words := []string{"HSET", numbered("hash", i)}
	for field := range 5 {
		words = append(words, "field"+strconv.Itoa(field), "value"+strconv.Itoa(field))
	}
	return words
}

// numbered is a word with a number of 8 digits.
func numbered(word string, number int) string { return fmt.Sprintf("%s%08d", word, number) }

// pause waits unless the run is interrupted.
func pause(ctx context.Context, duration time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(duration):
		return nil
	}
}
