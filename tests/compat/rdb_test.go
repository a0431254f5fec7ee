package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hdt3213/rdb/model"
	"github.com/hdt3213/rdb/parser"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestRDBParser lets a parser that is not Redis's read what SAVE writes, in each version and with compression and
// without.
func TestRDBParser(t *testing.T) {
	for _, version := range []string{"10", "11", "12"} {
		for _, compression := range []string{"yes", "no"} {
			t.Run(version+"/"+compression, func(t *testing.T) {
				s := harness.Start(t, harness.SoloKV(t), "--rdb-save-version", version, "--rdbcompression", compression)
				want := fillForRDB(s.Dial(), version == "12")
				file, err := os.Open(filepath.Join(s.Dir(), "dump.rdb"))
				require.NoError(t, err)
				defer file.Close()

				got := map[string]string{}
				require.NoError(t, parser.NewDecoder(file).Parse(func(o parser.RedisObject) bool {
					at := int64(-1)
					if o.GetExpiration() != nil {
						at = o.GetExpiration().UnixMilli()
					}
					got[fmt.Sprintf("%d %s %d", o.GetDBIndex(), o.GetKey(), at)] = said(o)
					return true
				}))
				require.Equal(t, want, got)
			})
		}
	}
}

// fillForRDB stores values of every kind and saves them; with fields, some fields of hashes expire. It returns
// database, key and expiry of each, and what it holds.
func fillForRDB(c *harness.Client, fields bool) map[string]string {
	want := map[string]string{}
	long := strings.Repeat("a long text, ", 2000)
	for i, text := range []string{"", "v", "-7", "1000", "100000", "12345678901", "007", long} {
		key := fmt.Sprint("string:", i)
		c.MustDo("SET", key, text)
		want["0 "+key+" -1"] = text
	}
	c.MustDo("SET", "expires", "v", "PXAT", "4102444800123")
	want["0 expires 4102444800123"] = "v"
	c.MustDo("SELECT", "5")
	for _, size := range []int{5, 3000} {
		var elements, pairs, scored []string
		for i := range size {
			element := fmt.Sprintf("element:%d", i)
			if i%3 == 0 {
				element = fmt.Sprint(i * i)
			}
			c.MustDo("RPUSH", fmt.Sprint("list:", size), element)
			c.MustDo("SADD", fmt.Sprint("set:", size), element)
			c.MustDo("SADD", fmt.Sprint("ints:", size), fmt.Sprint(i))
			c.MustDo("HSET", fmt.Sprint("hash:", size), element, fmt.Sprint(i))
			c.MustDo("ZADD", fmt.Sprint("zset:", size), fmt.Sprintf("%d.5", i), element)
			elements = append(elements, element)
			pair := element + "=" + fmt.Sprint(i)
			if fields && i%4 == 0 {
				at := fmt.Sprint(4102444800000 + i*i)
				c.MustDo("HPEXPIREAT", fmt.Sprint("hash:", size), at, "FIELDS", "1", element)
				pair += " until " + at
			}
			pairs = append(pairs, pair)
			scored = append(scored, fmt.Sprintf("%s=%d.5", element, i))
		}
		want[fmt.Sprintf("5 list:%d -1", size)] = strings.Join(elements, " ")
		want[fmt.Sprintf("5 set:%d -1", size)] = sorted(elements)
		want[fmt.Sprintf("5 hash:%d -1", size)] = sorted(pairs)
		want[fmt.Sprintf("5 zset:%d -1", size)] = sorted(scored)
		var ints []string
		for i := range size {
			ints = append(ints, fmt.Sprint(i))
		}
		want[fmt.Sprintf("5 ints:%d -1", size)] = sorted(ints)
	}
	huge := strings.Repeat("x", 100<<10)
	c.MustDo("RPUSH", "huge", "small", huge)
	want["5 huge -1"] = "small " + huge
	want["5 stream -1"] = fillStream(c)
	c.MustDo("SAVE")
	return want
}

// fillStream makes a stream with a group that has delivered some entries.
func fillStream(c *harness.Client) (says string) {
	for i := range 300 {
		c.MustDo("XADD", "stream", fmt.Sprintf("%d-1", i+1), "field", fmt.Sprint(i), "name", "x")
		if i%7 != 0 {
			says += fmt.Sprintf("%d-1 %d\n", i+1, i)
		}
	}
	for i := 0; i < 300; i += 7 {
		c.MustDo("XDEL", "stream", fmt.Sprintf("%d-1", i+1))
	}
	c.MustDo("XGROUP", "CREATE", "stream", "group", "0")
	c.MustDo("XREADGROUP", "GROUP", "group", "consumer", "COUNT", "20", "STREAMS", "stream", ">")
	return says + fmt.Sprint("added 300 deleted 295 group: 20 pending, consumer: 20")
}

func sorted(texts []string) string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// said is what the parser found in an object.
func said(o parser.RedisObject) string {
	var texts []string
	switch o := o.(type) {
	case *parser.StringObject:
		return string(o.Value)
	case *parser.ListObject:
		for _, element := range o.Values {
			texts = append(texts, string(element))
		}
		return strings.Join(texts, " ")
	case *parser.SetObject:
		for _, member := range o.Members {
			texts = append(texts, string(member))
		}
	case *parser.HashObject:
		for field, text := range o.Hash {
			pair := field + "=" + string(text)
			if at := o.FieldExpirations[field]; at > 0 {
				pair += fmt.Sprint(" until ", at)
			}
			texts = append(texts, pair)
		}
	case *parser.ZSetObject:
		for _, entry := range o.Entries {
			texts = append(texts, fmt.Sprintf("%s=%v", entry.Member, entry.Score))
		}
	case *model.StreamObject:
		return saidStream(o)
	default:
		return o.GetType()
	}
	return sorted(texts)
}

func saidStream(o *model.StreamObject) (says string) {
	for _, node := range o.Entries {
		for _, message := range node.Msgs {
			if !message.Deleted {
				says += fmt.Sprintf("%d-%d %s\n", message.Id.Ms, message.Id.Sequence, message.Fields["field"])
			}
		}
	}
	says += fmt.Sprintf("added %d deleted %d", o.AddedEntriesCount, o.MaxDeletedId.Ms)
	for _, g := range o.Groups {
		says += fmt.Sprintf(" %s: %d pending", g.Name, len(g.Pending))
		for _, c := range g.Consumers {
			says += fmt.Sprintf(", %s: %d", c.Name, len(c.Pending))
		}
	}
	return says
}
