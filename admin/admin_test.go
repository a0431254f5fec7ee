package admin

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/keyspace/config"
	"solokv/protocol"
)

// clock is the machine's.
type clock struct{ start time.Time }

func (c clock) NowMs() int64 { return time.Now().UnixMilli() }
func (c clock) NowNs() int64 { return int64(time.Since(c.start)) }

// newEngine is one that nothing runs yet.
func newEngine(t testing.TB, directives ...string) *keyspace.Engine {
	c := config.New()
	require.NoError(t, c.LoadArgs(directives, nil))
	lua := new(command.Lua)
	var state atomic.Uint64
	e, err := keyspace.New(keyspace.Options{Config: c, Commands: command.TableWith(lua), Clock: clock{time.Now()},
		Random: func() uint64 { return state.Add(0x9e3779b97f4a7c15) }, Log: zerolog.Nop(), Shutdown: func() {},
		Build: keyspace.Build{Version: "0.0.0", Compatible: "7.2.0", RunID: "0123"}})
	require.NoError(t, err)
	e.SetFacts(keyspace.Facts{
		Scripts: lua.Facts,
		Network: func() keyspace.NetworkFacts {
			return keyspace.NetworkFacts{Loops: 3, Rejected: 5, CertificateEndMs: 2_000_000_000_500}
		},
		Persistence: func() keyspace.PersistenceFacts {
			return keyspace.PersistenceFacts{Enabled: true, Syncs: 7, LastSyncUs: 1500,
				Loading: keyspace.LoadingFacts{StartMs: 1, Done: 10, Total: 20}}
		},
		Synced: func() (appended, synced int64, ok bool) { return 100, 90, true },
	})
	e.Step() // from here on it knows the time
	return e
}

// run lets the engine's writer run until the test ends.
func run(t testing.TB, e *keyspace.Engine) {
	stop, begun, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	e.Do(func(*keyspace.Ctx) { close(begun) })
	go func() {
		defer close(ended)
		e.Run(stop)
	}()
	<-begun
	t.Cleanup(func() {
		close(stop)
		<-ended
		require.NoError(t, e.Close())
	})
}

// sink takes replies and drops them.
type sink struct{ served chan struct{} }

func (s *sink) Deliver(*keyspace.Batch)    { s.served <- struct{}{} }
func (s *sink) Push(*keyspace.Message)     {}
func (s *sink) Classify(bool)              {}
func (s *sink) Kill()                      {}
func (s *sink) Buffered() keyspace.Buffers { return keyspace.Buffers{} }

// request makes the batch of one request, whose reply is dropped.
func request(t testing.TB, e *keyspace.Engine, s *keyspace.Session, args ...string) *keyspace.Batch {
	var b keyspace.Batch
	b.Reset(s)
	data := protocol.AppendArray(nil, len(args))
	for _, arg := range args {
		data = protocol.AppendBulk(data, []byte(arg))
	}
	b.CopyData(data)
	parser := protocol.Parser{Limits: protocol.LimitsDefault}
	var status protocol.Status
	b.Spans, status = parser.Next(b.Data, b.Spans)
	require.Equal(t, protocol.Complete, status)
	b.Add(e.Commands(), b.Data, 0)
	return &b
}

// client sends requests to an engine that runs.
func client(t testing.TB, e *keyspace.Engine) (do func(args ...string)) {
	out := &sink{make(chan struct{}, 1)}
	s := keyspace.NewSession(keyspace.Peer{ID: e.NextClientID(), Trusted: true, Outbox: out})
	e.Open(s)
	return func(args ...string) {
		e.Submit(request(t, e, s, args...))
		<-out.served
	}
}

func get(t testing.TB, h http.Handler, path string, header ...string) (status int, body string) {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestMetrics(t *testing.T) {
	e := newEngine(t)
	run(t, e)
	do := client(t, e)
	do("SET", "k", "v", "EX", "100")
	do("GET", "k")
	do("GET", "absent")
	do("GET")
	do("SELECT", "3")
	do("LPUSH", "l", "x")
	do("EVAL", `return redis.error_reply("A\"B\\C x")`, "0")
	do("CLIENT", "NO-EVICT", "off")

	status, page := get(t, newHandler(e), "/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, want := range []string{
		`solokv_info{version="0.0.0",redis_version="7.2.0",go_version="go`,
		`solokv_command_calls_total{cmd="get"} 2`,
		`solokv_command_calls_total{cmd="client|no-evict"} 1`,
		`solokv_command_rejections_total{cmd="get"} 1`,
		`solokv_command_failures_total{cmd="eval"} 1`,
		`solokv_error_replies_total{error="A\"B\\C"} 1`,
		`solokv_error_replies_total{error="ERR"} 1`,
		`solokv_db_keys{db="0"} 1`, `solokv_db_expiring_keys{db="0"} 1`,
		`solokv_db_keys{db="3"} 1`, `solokv_db_expiring_keys{db="3"} 0`,
		"solokv_keyspace_hits_total 1", "solokv_keyspace_misses_total 1",
		"solokv_scripts 1", "solokv_event_loops 3", "solokv_connections_rejected_total 5",
		"solokv_aof_last_fsync_seconds 0.0015", "solokv_aof_recorded_bytes_total 100", "solokv_aof_synced_bytes_total 90",
		`solokv_loading_bytes{of="total"} 20`, "solokv_tls_certificate_end_timestamp_seconds 2.0000000005e+09",
		`solokv_command_duration_seconds_bucket{cmd="lpush",le="+Inf"} 1`,
		`solokv_command_duration_seconds_count{cmd="lpush"} 1`,
	} {
		assert.True(t, strings.Contains(page, "\n"+want), "%s", want)
	}
	assert.Regexp(t, `\nprocess_resident_memory_bytes [1-9]`, page)
	assert.Regexp(t, `\ngo_goroutines [1-9]`, page)
	assert.Regexp(t, `\nsolokv_scrape_writer_seconds \d`, page)
}

// TestEveryMetricIsTold: a page where everything has something to tell has the whole
// list, in its order, each with its help and its type.
func TestEveryMetricIsTold(t *testing.T) {
	e := newEngine(t)
	run(t, e)
	do := client(t, e)
	do("SET", "k", "v")
	do("GET")
	f := new(figures)
	done := make(chan struct{})
	e.Do(func(c *keyspace.Ctx) { f.read(c); close(done) })
	<-done
	f.save.LastSeconds, f.rewrite.LastSeconds = 1, 2
	f.process.read()
	page := string(appendMetrics(nil, f))
	line := regexp.MustCompile(`^# (HELP [a-z0-9_]+ .+|TYPE [a-z0-9_]+ (gauge|counter|histogram))$|` +
		`^[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$`)
	var types []string
	for _, l := range strings.Split(strings.TrimSuffix(page, "\n"), "\n") {
		assert.Regexp(t, line, l)
		if rest, ok := strings.CutPrefix(l, "# TYPE "); ok {
			types = append(types, rest)
		}
	}
	var list []string
	for _, m := range metrics {
		list = append(list, m.name+" "+kindNames[m.kind])
		assert.Equal(t, m.kind == counter, strings.HasSuffix(m.name, "_total"), m.name)
		assert.NotContains(t, m.help, "\n")
		assert.NotContains(t, m.help, `\`)
	}
	assert.Equal(t, list, types)
}

// TestDurations: no bucket of a histogram is an estimate.
func TestDurations(t *testing.T) {
	e := newEngine(t)
	run(t, e)
	do := client(t, e)
	for range 200 {
		do("PING")
	}
	_, page := get(t, newHandler(e), "/metrics")
	bucket := regexp.MustCompile(`duration_seconds_bucket\{cmd="ping",le="([^"]+)"\} (\d+)`)
	before, last, found := 0.0, 0, bucket.FindAllStringSubmatch(page, -1)
	require.Len(t, found, 25)
	for _, m := range found {
		bound, err := strconv.ParseFloat(m[1], 64)
		require.NoError(t, err)
		n, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		assert.Greater(t, bound, before)
		assert.GreaterOrEqual(t, n, last)
		before, last = bound, n
	}
	assert.Equal(t, 200, last)
	do("CONFIG", "SET", "latency-tracking", "no")
	_, page = get(t, newHandler(e), "/metrics")
	assert.NotContains(t, page, "duration_seconds_bucket")
	assert.Contains(t, page, `solokv_command_calls_total{cmd="ping"} 200`)
}

// busy is a writer that comes to nothing.
type busy struct{ waiting atomic.Int64 }

func (b *busy) Do(func(*keyspace.Ctx)) { b.waiting.Add(1) }

// TestNoAnswer: a scrape does not hang, says why, and does not pile up.
func TestNoAnswer(t *testing.T) {
	b := new(busy)
	h := newHandler(b)
	for range 3 {
		status, body := get(t, h, "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "0.01")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, body, "the writer has not answered in time")
	}
	assert.EqualValues(t, 1, b.waiting.Load())
}

func TestTimeToAsk(t *testing.T) {
	f := func(want time.Duration, header string) {
		t.Helper()
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", header)
		assert.Equal(t, want, timeToAsk(r))
	}
	f(askTimeout, "")
	f(askTimeout, "x")
	f(askTimeout, "-1")
	f(9800*time.Millisecond, "10")
	f(50*time.Millisecond, "0.1")
	f(writeTimeout-askReserve, "1e300")
}

func TestHealth(t *testing.T) {
	e := newEngine(t)
	e.SetLoading(true)
	run(t, e)
	h := newHandler(e)
	status, body := get(t, h, "/healthz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, "loading\n", body)
	e.Do(func(*keyspace.Ctx) { e.SetLoading(false) })
	status, body = get(t, h, "/healthz")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "ok\n", body)
}

func TestPages(t *testing.T) {
	h := newHandler(new(busy))
	f := func(want int, path, contains string) {
		t.Helper()
		status, body := get(t, h, path)
		assert.Equal(t, want, status)
		assert.Contains(t, body, contains)
	}
	f(http.StatusOK, "/", "/metrics")
	f(http.StatusOK, "/debug/pprof/", "goroutine")
	f(http.StatusOK, "/debug/pprof/goroutine?debug=1", "goroutine profile")
	f(http.StatusNotFound, "/debug/pprof/cmdline", "")
	f(http.StatusNotFound, "/nothing", "")
	assert.NotContains(t, Document(), "cmdline")
}

// server is a Server that listens on ports of the machine.
func server(t *testing.T) *Server {
	s := &Server{Log: zerolog.Nop(), Open: func(bind []string, port int) (opened []net.Listener, err error) {
		for _, address := range bind {
			ln, err := net.Listen("tcp4", net.JoinHostPort(address, strconv.Itoa(port)))
			if err != nil {
				for _, ln := range opened {
					_ = ln.Close()
				}
				return nil, err
			}
			opened = append(opened, ln)
		}
		return opened, nil
	}}
	t.Cleanup(s.Close)
	return s
}

// freePort is one that was free a moment ago.
func freePort(t *testing.T) int {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func answers(port int) bool {
	c := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := c.Get("http://127.0.0.1:" + strconv.Itoa(port) + "/")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return err == nil && string(body) == indexPage
}

func TestListen(t *testing.T) {
	s, local := server(t), []string{"127.0.0.1"}
	first, second := freePort(t), freePort(t)
	require.NoError(t, s.Listen(local, first))
	s.Start(new(busy))
	assert.True(t, answers(first))

	require.NoError(t, s.Listen(local, second), "it moves")
	assert.False(t, answers(first))
	assert.True(t, answers(second))

	taken, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(first))
	require.NoError(t, err)
	require.Error(t, s.Listen(local, first), "the port is taken")
	assert.True(t, answers(second), "the old one stays")
	require.NoError(t, taken.Close())

	require.NoError(t, s.Listen([]string{"0.0.0.0"}, second), "addresses that overlap")
	assert.True(t, answers(second))
	require.Error(t, s.Listen([]string{"192.0.2.1"}, second), "not an address of this machine")
	assert.True(t, answers(second), "the old ones stay")

	require.NoError(t, s.Listen(local, 0), "it closes")
	assert.False(t, answers(second))
	require.NoError(t, s.Listen([]string{"0.0.0.0"}, 0))
	require.NoError(t, s.Listen(local, first), "and opens again")
	assert.True(t, answers(first))
}

// TestConnectionsAreBounded: descriptors belong to clients.
func TestConnectionsAreBounded(t *testing.T) {
	s, port := server(t), freePort(t)
	require.NoError(t, s.Listen([]string{"127.0.0.1"}, port))
	s.Start(new(busy))
	var silent []net.Conn
	for range connectionsMax {
		c, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(port))
		require.NoError(t, err)
		silent = append(silent, c)
	}
	more, err := net.Dial("tcp4", "127.0.0.1:"+strconv.Itoa(port))
	require.NoError(t, err)
	defer more.Close()
	_, err = io.WriteString(more, "GET / HTTP/1.0\r\n\r\n")
	require.NoError(t, err)
	require.NoError(t, more.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = more.Read(make([]byte, 1))
	require.Error(t, err, "it waits for a place")
	for _, c := range silent {
		require.NoError(t, c.Close())
	}
	require.NoError(t, more.SetReadDeadline(time.Now().Add(20*time.Second)))
	answer, err := io.ReadAll(more)
	require.NoError(t, err)
	assert.Contains(t, string(answer), indexPage)
}

// BenchmarkRead is the step of the writer: 16 databases, and every command called, with
// a histogram.
func BenchmarkRead(b *testing.B) {
	e := newEngine(b)
	defer func() { require.NoError(b, e.Close()) }()
	serve := func(args ...string) {
		s := keyspace.NewSession(keyspace.Peer{ID: e.NextClientID(), Trusted: true, Outbox: &sink{make(chan struct{}, 9)}})
		e.Opened(s)
		e.Serve(request(b, e, s, args...))
		e.Gone(s)
		e.Step()
	}
	for _, cmd := range e.Commands().All() {
		for _, cmd := range append([]*keyspace.Command{cmd}, cmd.Subcommands...) {
			args := strings.Split(cmd.FullName(), "|")
			for len(args) < max(cmd.Arity, -cmd.Arity) {
				args = append(args, "x")
			}
			if len(cmd.Subcommands) == 0 && cmd.Name != "shutdown" {
				serve(args...)
			}
		}
	}
	for db := range 16 {
		serve("EVAL", "redis.call('SELECT', ARGV[1]) redis.call('SET', 'k', 'v')", "0", strconv.Itoa(db))
	}
	f := new(figures)
	e.Do(func(c *keyspace.Ctx) {
		f.read(c)
		for b.Loop() {
			f.read(c)
		}
		b.ReportMetric(testing.AllocsPerRun(10, func() { f.read(c) }), "allocations")
	})
	e.Step()
	require.Len(b, f.databases, 16)
	measured := 0
	for i := range f.commands {
		if f.commands[i].latency.Count > 0 {
			measured++
		}
	}
	b.ReportMetric(float64(measured), "commands")
}
