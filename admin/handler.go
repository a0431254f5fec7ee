package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"strconv"
	"sync"
	"time"

	"solokv/keyspace"
)

// Engine is the writer: it runs f some time later.
type Engine interface{ Do(f func(*keyspace.Ctx)) }

const (
	// askTimeout is how long the writer may take to answer. Prometheus says how long it
	// waits itself; then the answer comes askReserve earlier, so that it sees the reason.
	askTimeout = 5 * time.Second
	askReserve = 200 * time.Millisecond
	// healthTimeout is shorter: who asks often wants to know soon.
	healthTimeout = 2 * time.Second
	// writeTimeout bounds the sending of an answer, from when it was asked for.
	// profileTimeoutMax is what a profile may take, which lasts as long as was asked for.
	writeTimeout      = 20 * time.Second
	profileTimeoutMax = 10 * time.Minute
)

// errNoAnswer is what a request learns when the writer does not come to it.
var errNoAnswer = errors.New("the writer has not answered in time: a request or a script keeps it busy")

type handler struct {
	engine Engine
	asking chan struct{} // holds one token while a question waits at the writer
	spare  sync.Pool     // of *figures
}

func newHandler(e Engine) http.Handler {
	h := &handler{engine: e, asking: make(chan struct{}, 1)}
	h.spare.New = func() any { return new(figures) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /metrics", h.metrics)
	mux.HandleFunc("GET /healthz", h.health)
	// The command line is left out: it may hold a password.
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeToWrite(r)))
		mux.ServeHTTP(w, r)
	})
}

// timeToWrite is the time until which an answer must have been sent.
func timeToWrite(r *http.Request) time.Duration {
	seconds, err := strconv.ParseFloat(r.FormValue("seconds"), 64)
	if err != nil || seconds < 0 {
		seconds = 30 // what a profile lasts when nothing is said
	}
	switch r.URL.Path {
	case "/debug/pprof/profile", "/debug/pprof/trace":
		return min(profileTimeoutMax, time.Duration(seconds*float64(time.Second))+writeTimeout)
	}
	return writeTimeout
}

const indexPage = `SoloKV, for operators

/metrics        figures, for Prometheus
/healthz        200 when requests are served, 503 while data is loaded or nothing is answered
/debug/pprof/   profiles of the program, for go tool pprof
`

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, indexPage)
}

func (h *handler) metrics(w http.ResponseWriter, r *http.Request) {
	f := h.spare.Get().(*figures)
	if err := h.ask(r.Context(), timeToAsk(r), f.read); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable) // f may still be written to, and is lost
		return
	}
	f.process.read()
	f.page = appendMetrics(f.page[:0], f)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(f.page)
	h.spare.Put(f)
}

// timeToAsk is how long a scrape may wait for the writer.
func timeToAsk(r *http.Request) time.Duration {
	seconds, err := strconv.ParseFloat(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), 64)
	if err != nil || seconds <= 0 {
		return askTimeout
	}
	patience := time.Duration(min(seconds, writeTimeout.Seconds()) * float64(time.Second))
	return max(patience-askReserve, patience/2)
}

func (h *handler) health(w http.ResponseWriter, r *http.Request) {
	loading := make(chan bool, 1)
	err := h.ask(r.Context(), healthTimeout, func(c *keyspace.Ctx) { loading <- c.Engine().Loading() })
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case <-loading:
		http.Error(w, "loading", http.StatusServiceUnavailable)
	default:
		_, _ = io.WriteString(w, "ok\n")
	}
}

// ask runs f on the writer and waits until it has run. One question waits there at a
// time: as long as the writer is busy, more of them would only pile up.
func (h *handler) ask(ctx context.Context, timeout time.Duration, f func(*keyspace.Ctx)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	refusal := func() error { return fmt.Errorf("%w (waited %v)", errNoAnswer, timeout) }
	select {
	case h.asking <- struct{}{}:
	case <-ctx.Done():
		return refusal()
	}
	answered := make(chan bool, 1)
	h.engine.Do(func(c *keyspace.Ctx) {
		wanted := ctx.Err() == nil // somebody still waits
		if wanted {
			f(c)
		}
		<-h.asking
		answered <- wanted
	})
	select {
	case ok := <-answered:
		if ok {
			return nil
		}
	case <-ctx.Done():
	}
	return refusal()
}
