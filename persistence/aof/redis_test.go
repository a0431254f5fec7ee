package aof

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"solokv/persistence/fs"
	"solokv/protocol"
)

// These tests put our files before the real thing. They are skipped where redis-server is not installed.

// TestRedisLoadsOurFiles writes a folder under every policy, with checksums, timestamps and a transaction.
func TestRedisLoadsOurFiles(t *testing.T) {
	needs(t, "redis-server")
	check := needs(t, "redis-check-aof")
	for _, policy := range []Policy{Always, EverySec, No} {
		for _, name := range []string{"appendOnly.aof", "a name \"quoted\".aof"} {
			t.Run(policy.String()+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				writeWithUs(t, filepath.Join(dir, "aof"), name, policy)

				manifest := filepath.Join(dir, "aof", ManifestName(name))
				report, err := exec.Command(check, manifest).CombinedOutput()
				require.NoError(t, err, string(report))
				require.Contains(t, string(report), "All AOF files and manifest are valid")

				r := startRedis(t, dir, name)
				require.Equal(t, ":601", r.do("DBSIZE"))
				require.Equal(t, "value599", r.do("GET", "key599"))
				require.Equal(t, ":5", r.do("LLEN", "list"))
				require.Equal(t, "+OK", r.do("SET", "redis", "was here"))
				r.stop()

				// And back: redis has appended to our file, without a checksum.
				records := loadFrom(t, filepath.Join(dir, "aof"), name)
				require.Equal(t, "SET redis was here", records[len(records)-1])
				writeWithUs(t, filepath.Join(dir, "aof"), name, policy)
				loadFrom(t, filepath.Join(dir, "aof"), name)
			})
		}
	}
}

func writeWithUs(t *testing.T, dir, name string, policy Policy) {
	t.Helper()
	j, err := Open(Options{FS: fs.OS(), Dir: dir, Name: name, Policy: policy, Checksum: true})
	require.NoError(t, err)
	j.Append([]byte(command("SELECT", "0") + command("DEL", "list")))
	for i := range 600 {
		j.Timestamp(1700000000 + int64(i/100))
		j.Append([]byte(command("SET", fmt.Sprintf("key%d", i), fmt.Sprintf("value%d", i))))
		j.Flush()
		if i%200 == 0 {
			require.NoError(t, j.Sync(context.Background()))
		}
	}
	j.Append([]byte(command("MULTI")))
	for i := range 5 {
		j.Flush() // a checksum line may land within the transaction
		j.Append([]byte(command("RPUSH", "list", strings.Repeat(fmt.Sprint(i), 5000))))
	}
	j.Append([]byte(command("EXEC")))
	require.NoError(t, j.Close())
}

// TestWeLoadRedisFiles loads what the real server wrote: without an RDB base, across a rewrite, and with its
// timestamps.
func TestWeLoadRedisFiles(t *testing.T) {
	needs(t, "redis-server")
	const name = "a b.aof"
	dir := t.TempDir()
	r := startRedis(t, dir, name, "--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes")
	for i := range 100 {
		require.Equal(t, "+OK", r.do("SET", fmt.Sprint("a", i), "1"))
	}
	r.do("BGREWRITEAOF")
	for strings.Contains(r.do("INFO", "persistence"), "aof_rewrite_in_progress:1") {
		time.Sleep(10 * time.Millisecond)
	}
	for i := range 100 {
		require.Equal(t, "+OK", r.do("SET", fmt.Sprint("b", i), "1"))
	}
	r.do("MULTI")
	r.do("INCR", "n")
	r.do("INCR", "n")
	r.do("EXEC")
	r.stop()

	records := loadFrom(t, filepath.Join(dir, "aof"), name)
	require.Contains(t, records, "SET a99 1")
	require.Contains(t, records, "SET b99 1")
	require.Equal(t, []string{"MULTI", "INCR n", "INCR n", "EXEC"}, records[len(records)-4:])
}

// TestRedisLoadsWhatWeRewrote: a folder with a base of ours, in all states that a rewrite leaves, and one that was
// switched on at run time.
func TestRedisLoadsWhatWeRewrote(t *testing.T) {
	needs(t, "redis-server")
	check := needs(t, "redis-check-aof")
	f := func(name string, size int, write func(j *Journal), begin func(Options) (*Journal, error)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j, err := begin(Options{FS: fs.OS(), Dir: filepath.Join(dir, "aof"), Name: testName, Checksum: true})
			require.NoError(t, err)
			write(j)
			require.NoError(t, j.Close())
			manifest := filepath.Join(dir, "aof", ManifestName(testName))
			if size > 0 {
				report, err := exec.Command(check, manifest).CombinedOutput()
				require.NoError(t, err, string(report))
				require.Contains(t, string(report), "All AOF files and manifest are valid")
			}

			r := startRedis(t, dir, testName, "--aof-use-rdb-preamble", "no")
			require.Equal(t, fmt.Sprintf(":%d", size), r.do("DBSIZE"))
			require.Equal(t, "+OK", r.do("SET", "redis", "was here"))
			r.do("BGREWRITEAOF")
			for strings.Contains(r.do("INFO", "persistence"), "aof_rewrite_in_progress:1") {
				time.Sleep(10 * time.Millisecond)
			}
			r.stop()
			records := loadFrom(t, filepath.Join(dir, "aof"), testName)
			require.Contains(t, records, "SET redis was here")
		})
	}
	set := func(j *Journal, from, to int) (records []string) {
		j.Append([]byte(command("SELECT", "0")))
		for i := from; i < to; i++ {
			record := fmt.Sprintf("SET key%d %s", i, strings.Repeat("v", i))
			j.Append([]byte(command(strings.Split(record, " ")...)))
			records = append(records, record)
		}
		return records
	}
	rewritten := func(j *Journal) {
		records := set(j, 0, 600)
		require.NoError(t, rewrite(t, j, BaseAOF, records))
		records = append(records, set(j, 600, 700)...)
		require.NoError(t, rewrite(t, j, BaseAOF, records))
		set(j, 700, 800)
	}
	f("rewritten", 800, rewritten, Open)
	f("switched on", 800, rewritten, Start)
	f("rotated", 20, func(j *Journal) {
		set(j, 0, 10)
		require.NoError(t, j.Rotate().Wait(context.Background()))
		set(j, 10, 20)
		require.NoError(t, j.Rotate().Wait(context.Background()))
	}, Open)
	f("never in force", 0, func(j *Journal) { set(j, 0, 10) }, Start)
}

// TestWeLoadRedisRDBBase: the bytes of an RDB base that the real server wrote are handed to Base, and the increments
// follow; also where it lies in an old single file.
func TestWeLoadRedisRDBBase(t *testing.T) {
	needs(t, "redis-server")
	dir := t.TempDir()
	r := startRedis(t, dir, testName)
	for i := range 100 {
		require.Equal(t, "+OK", r.do("SET", fmt.Sprint("a", i), "1"))
	}
	r.do("BGREWRITEAOF")
	for strings.Contains(r.do("INFO", "persistence"), "aof_rewrite_in_progress:1") {
		time.Sleep(10 * time.Millisecond)
	}
	require.Equal(t, "+OK", r.do("SET", "b", "1"))
	r.stop()

	folder := filepath.Join(dir, "aof")
	m, err := LoadManifest(fs.OS(), folder, testName)
	require.NoError(t, err)
	base, err := os.ReadFile(filepath.Join(folder, m.Base.Name))
	require.NoError(t, err)
	f := func(dir string, tail int) {
		t.Helper()
		var records []string
		var got []byte
		result, err := Load(LoadOptions{FS: fs.OS(), Dir: dir, Name: testName,
			Base: func(src io.Reader, size int64) (int64, error) {
				var err error
				got, err = io.ReadAll(src)
				require.Len(t, got, int(size))
				return size - int64(tail), err
			}}, func(args [][]byte) error {
			records = append(records, string(args[0]))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, base, got[:len(got)-tail])
		require.Equal(t, []string{"SELECT", "SET"}, records)
		require.Equal(t, int64(2), result.Commands)
	}
	f(folder, 0)

	// We go on in it, rewrite, and the real server loads that.
	j, err := Open(Options{FS: fs.OS(), Dir: folder, Name: testName, Checksum: true})
	require.NoError(t, err)
	run, err := j.Rewrite(BaseRDB)
	require.NoError(t, err)
	j.Append([]byte(command("SELECT", "0") + command("SET", "c", "1")))
	require.NoError(t, run.Run(context.Background(), func(w io.Writer) error { _, err := w.Write(base); return err }))
	require.NoError(t, j.Close())
	report, err := exec.Command(needs(t, "redis-check-aof"), filepath.Join(folder, ManifestName(testName))).CombinedOutput()
	require.NoError(t, err, string(report))
	r = startRedis(t, dir, testName)
	require.Equal(t, ":101", r.do("DBSIZE"), "b was in an increment that this base does not hold")
	require.Equal(t, "1", r.do("GET", "c"))
	r.stop()

	old := filepath.Join(t.TempDir(), "aof")
	records := command("SELECT", "0") + command("SET", "b", "1")
	require.NoError(t, os.MkdirAll(old, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(old, testName), append(base, records...), 0o600))
	f(old, len(records))
}

func loadFrom(t *testing.T, dir, name string) []string {
	t.Helper()
	var records []string
	_, err := Load(LoadOptions{FS: fs.OS(), Dir: dir, Name: name}, func(args [][]byte) error {
		words := make([]string, len(args))
		for i, arg := range args {
			words[i] = string(arg)
		}
		records = append(records, strings.Join(words, " "))
		return nil
	})
	require.NoError(t, err)
	return records
}

func needs(t *testing.T, program string) string {
	t.Helper()
	found, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return found
}

// redis is a running redis-server with one connection to it.
type redis struct {
	t      *testing.T
	cmd    *exec.Cmd
	conn   net.Conn
	reader *bufio.Reader
}

// startRedis runs a server on a folder and returns when it has loaded the data.
func startRedis(t *testing.T, dir, name string, options ...string) *redis {
	t.Helper()
	socket := filepath.Join(dir, "redis.sock")
	config := fmt.Sprintf("port 0\nunixsocket %s\nsave \"\"\nappendonly yes\nappenddirname aof\nappendfilename %s\ndir %s\n",
		socket, quoteWord(name), dir)
	file := filepath.Join(dir, "redis.conf")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	var log strings.Builder
	cmd := exec.Command("redis-server", append([]string{file}, options...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill() })

	r := &redis{t: t, cmd: cmd}
	for range 500 {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			r.conn, r.reader = conn, bufio.NewReader(conn)
			if reply := r.do("PING"); reply == "+PONG" {
				return r
			}
			conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	t.Fatalf("redis-server does not answer:\n%s", log.String())
	return nil
}

// do sends a command and returns the reply's line; of a bulk reply the text.
func (r *redis) do(words ...string) string {
	r.t.Helper()
	_, err := r.conn.Write(protocol.AppendCommandStrings(nil, words...))
	require.NoError(r.t, err)
	line := r.line()
	if line[0] == '*' {
		var count int
		fmt.Sscanf(line[1:], "%d", &count)
		for range count {
			r.line()
		}
	}
	if line[0] != '$' {
		return line
	}
	var size int
	fmt.Sscanf(line[1:], "%d", &size)
	text := make([]byte, size+2)
	for n := 0; n < len(text); {
		m, err := r.reader.Read(text[n:])
		require.NoError(r.t, err)
		n += m
	}
	return string(text[:size])
}

func (r *redis) line() string {
	line, err := r.reader.ReadString('\n')
	require.NoError(r.t, err)
	return strings.TrimSuffix(line, "\r\n")
}

func (r *redis) stop() {
	r.t.Helper()
	_, err := r.conn.Write(protocol.AppendCommandStrings(nil, "SHUTDOWN"))
	require.NoError(r.t, err)
	require.NoError(r.t, r.cmd.Wait())
	r.conn.Close()
}
