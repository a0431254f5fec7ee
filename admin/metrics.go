package admin

import (
	"runtime"
	"strconv"
	"strings"
)

// namespace begins the names of all metrics but those that every program in Go has.
const namespace = "solokv_"

// kind is the type of a metric.
type kind int

const (
	gauge kind = iota
	counter
	histogram
)

var kindNames = [...]string{gauge: "gauge", counter: "counter", histogram: "histogram"}

// metric is a line of the list: what it is called, what it says, and where its values
// come from. Units are Prometheus's: seconds, bytes.
type metric struct {
	name   string
	kind   kind
	labels []string
	help   string
	values func(*figures, *writer)
}

// one is the values of a metric without labels.
func one[N int | int64 | float64](of func(*figures) N) func(*figures, *writer) {
	return func(f *figures, w *writer) { w.value(float64(of(f))) }
}

func seconds(ns func(*figures) int64) func(*figures, *writer) {
	return func(f *figures, w *writer) { w.value(float64(ns(f)) / 1e9) }
}

func flag(of func(*figures) bool) func(*figures, *writer) {
	return func(f *figures, w *writer) { w.value(digit(of(f))) }
}

func digit(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// metrics is the list, in the order of its page in the documentation.
var metrics = func() (all []metric) {
	for _, group := range [][]metric{
		serverMetrics(), clientMetrics(), commandMetrics(), memoryMetrics(), keyMetrics(), messageMetrics(),
		scriptMetrics(), journalMetrics(), saveMetrics(),
	} {
		for _, m := range group {
			m.name = namespace + m.name
			all = append(all, m)
		}
	}
	return append(all, processMetrics()...)
}()

func serverMetrics() []metric {
	return []metric{
		{"info", gauge, []string{"version", "redis_version", "go_version", "run_id"},
			"Always 1; the labels say which server it is.", func(f *figures, w *writer) {
				w.value(1, f.build.Version, f.build.Compatible, runtime.Version(), f.build.RunID)
			}},
		{"uptime_seconds", gauge, nil, "Time since the start.",
			seconds(func(f *figures) int64 { return f.counters.UptimeNs })},
		{"loading", gauge, nil, "1 while data is loaded, and nobody is served.",
			flag(func(f *figures) bool { return f.loading })},
		{"loading_bytes", gauge, []string{"of"}, "While data is loaded: the bytes that are loaded, and all that are to be.",
			func(f *figures, w *writer) {
				if l := f.persistence.Loading; l.StartMs != 0 {
					w.value(float64(l.Done), "loaded")
					w.value(float64(l.Total), "total")
				}
			}},
		{"event_loops", gauge, nil, "Event loops that read and write for clients.",
			one(func(f *figures) int { return f.network.Loops })},
		{"network_input_bytes_total", counter, nil, "Bytes of requests.",
			one(func(f *figures) int64 { return f.counters.InputBytes })},
		{"network_output_bytes_total", counter, nil, "Bytes of replies and messages.",
			one(func(f *figures) int64 { return f.counters.OutputBytes })},
		{"socket_reads_total", counter, nil, "Reads from the sockets of clients.",
			one(func(f *figures) int64 { return f.network.Reads })},
		{"socket_writes_total", counter, nil, "Writes to them; what a socket takes later is not counted.",
			one(func(f *figures) int64 { return f.network.Writes })},
		{"writer_rounds_total", counter, nil, "Rounds of the writer: batches of requests, and background work.",
			one(func(f *figures) int64 { return f.counters.Cycles })},
		{"writer_busy_seconds_total", counter, nil, "Time that they took: a whole second each second is all there is.",
			seconds(func(f *figures) int64 { return f.counters.CyclesNs })},
		{"writer_serving_seconds_total", counter, nil, "Of it, that of requests.",
			seconds(func(f *figures) int64 { return f.counters.ServingNs })},
		{"writer_step_max_seconds", gauge, nil, "The longest round of background work of the writer.",
			seconds(func(f *figures) int64 { return f.counters.StepNsMax })},
		{"scrape_writer_seconds", gauge, nil, "How long the writer was busy with reading these figures.",
			seconds(func(f *figures) int64 { return f.stepNs })},
	}
}

func clientMetrics() []metric {
	return []metric{
		{"connected_clients", gauge, nil, "Connections.", one(func(f *figures) int { return f.clients.connected })},
		{"max_clients", gauge, nil, "The directive maxclients.", one(func(f *figures) int { return f.clients.max })},
		{"blocked_clients", gauge, nil, "Clients that wait: for a key, or for the end of a pause.",
			one(func(f *figures) int { return f.clients.blocked })},
		{"pubsub_clients", gauge, nil, "Clients that have subscribed to something.",
			one(func(f *figures) int { return f.clients.pubsub })},
		{"tracking_clients", gauge, nil, "Clients whose caches are kept up to date.",
			one(func(f *figures) int { return f.tracking.Clients })},
		{"connections_received_total", counter, nil, "Connections that were accepted.",
			one(func(f *figures) int64 { return f.counters.Connections })},
		{"connections_rejected_total", counter, nil, "Connections that were refused: there were maxclients of them.",
			one(func(f *figures) int64 { return f.network.Rejected })},
		{"connections_limited_total", counter, []string{"buffer"}, "Connections that were closed because a buffer exceeded " +
			"client-query-buffer-limit (query) or client-output-buffer-limit (output).", func(f *figures, w *writer) {
			w.value(float64(f.network.QueryLimited), "query")
			w.value(float64(f.network.OutputLimited), "output")
		}},
		{"tls_certificate_end_timestamp_seconds", gauge, nil, "When the certificate expires that clients are shown.",
			func(f *figures, w *writer) {
				if f.network.CertificateEndMs != 0 {
					w.value(float64(f.network.CertificateEndMs) / 1e3)
				}
			}},
		{"malformed_requests_total", counter, nil, "Connections that were ended because they broke the protocol.",
			one(func(f *figures) int64 { return f.counters.Malformed })},
		{"acl_denied_total", counter, []string{"reason"}, "What was denied to users, by reason.",
			func(f *figures, w *writer) {
				for _, d := range denials {
					w.value(float64(f.counters.Denied(d.reason)), d.name)
				}
			}},
	}
}

// perCommand is a metric with one value for each command that was asked for.
func perCommand(of func(*commandFigures) float64) func(*figures, *writer) {
	return func(f *figures, w *writer) {
		for i := range f.commands {
			w.value(of(&f.commands[i]), f.commands[i].name)
		}
	}
}

func commandMetrics() []metric {
	cmd := []string{"cmd"}
	return []metric{
		{"commands_processed_total", counter, nil, "Requests that were served.",
			one(func(f *figures) int64 { return f.counters.Commands })},
		{"command_calls_total", counter, cmd, "Calls of a command.",
			perCommand(func(c *commandFigures) float64 { return float64(c.stats.Calls) })},
		{"command_failures_total", counter, cmd, "Calls that ended in an error.",
			perCommand(func(c *commandFigures) float64 { return float64(c.stats.Failed) })},
		{"command_rejections_total", counter, cmd, "Requests that were refused before the command was called.",
			perCommand(func(c *commandFigures) float64 { return float64(c.stats.Rejected) })},
		{"command_seconds_total", counter, cmd, "Time spent in a command.",
			perCommand(func(c *commandFigures) float64 { return float64(c.stats.Us) / 1e6 })},
		{"command_duration_seconds", histogram, cmd, "How long calls took. There with latency-tracking only.",
			func(f *figures, w *writer) {
				for i := range f.commands {
					if c := &f.commands[i]; c.latency.Count > 0 && f.histograms {
						w.histogram(&c.latency, c.stats.Us, c.name)
					}
				}
			}},
		{"slow_requests_total", counter, nil, "Requests that reached the slow log.",
			one(func(f *figures) int64 { return f.slow })},
		{"error_replies_total", counter, []string{"error"}, "Errors that were replied, by their first word.",
			func(f *figures, w *writer) {
				sums := map[string]int64{}
				for _, n := range f.errors {
					sums[labelOf(n.code)] += n.n
				}
				for label, n := range sums {
					w.value(float64(n), label)
				}
			}},
	}
}

// labelBytesMax bounds the first word of an error, which a script may have made up.
const labelBytesMax = 64

func labelOf(code string) string {
	return strings.ToValidUTF8(code[:min(len(code), labelBytesMax)], "?")
}

func memoryMetrics() []metric {
	return []metric{
		{"memory_used_bytes", gauge, nil, "What maxmemory limits: keys, values, tables, and Go's live heap.",
			one(func(f *figures) int64 { return f.memory.Used })},
		{"memory_peak_bytes", gauge, nil, "The most that was used.", one(func(f *figures) int64 { return f.memory.Peak })},
		{"memory_max_bytes", gauge, nil, "The directive maxmemory; 0: no limit.",
			one(func(f *figures) int64 { return f.memoryMax })},
		{"memory_bytes", gauge, []string{"kind"}, "What memory is used for: keys and their values (dataset), tables, expiry, " +
			"records that are not written yet (journal), blocks that are kept for a snapshot (snapshot), and Go's live heap (go), " +
			"which has connections, buffers and scripts.", func(f *figures, w *writer) {
			m := &f.memory
			w.value(float64(max(0, m.Data-m.Tables-m.Wheels)), "dataset")
			w.value(float64(m.Tables), "tables")
			w.value(float64(m.Wheels), "expiry")
			w.value(float64(f.persistence.BufferBytes), "journal")
			w.value(float64(f.cowBytes), "snapshot")
			w.value(float64(m.Go), "go")
		}},
		{"arena_bytes", gauge, []string{"state"}, "The memory of keys and values as the allocator sees it: in live blocks (used), " +
			"in free pages (free), those of them that the system still backs (dirty), and its own tables (metadata).",
			func(f *figures, w *writer) {
				a := &f.memory.Arena
				w.value(float64(a.Used), "used")
				w.value(float64(a.Free), "free")
				w.value(float64(a.Dirty), "dirty")
				w.value(float64(a.Metadata), "metadata")
			}},
		{"memory_exceeded_seconds_total", counter, nil, "For how long there was more than maxmemory.",
			seconds(func(f *figures) int64 { return f.overNs })},
		{"evicted_keys_total", counter, nil, "Keys that made room for others.",
			one(func(f *figures) int64 { return f.counters.Evicted })},
		{"evicted_clients_total", counter, nil, "Connections that were closed because of maxmemory-clients.",
			one(func(f *figures) int64 { return f.counters.EvictedClients })},
	}
}

func keyMetrics() []metric {
	db := []string{"db"}
	perDatabase := func(of func(*databaseFigures) int) func(*figures, *writer) {
		return func(f *figures, w *writer) {
			for i := range f.databases {
				w.value(float64(of(&f.databases[i])), strconv.Itoa(f.databases[i].id))
			}
		}
	}
	return []metric{
		{"db_keys", gauge, db, "Keys of a database that has any.", perDatabase(func(d *databaseFigures) int { return d.keys })},
		{"db_expiring_keys", gauge, db, "Keys with an expiry.", perDatabase(func(d *databaseFigures) int { return d.volatile })},
		{"keyspace_hits_total", counter, nil, "Reads that found their key.",
			one(func(f *figures) int64 { return f.counters.Hits })},
		{"keyspace_misses_total", counter, nil, "Reads that did not.",
			one(func(f *figures) int64 { return f.counters.Misses })},
		{"expired_keys_total", counter, nil, "Keys whose time had come.",
			one(func(f *figures) int64 { return f.counters.Expired })},
		{"expired_fields_total", counter, nil, "Fields of hashes whose time had come.",
			one(func(f *figures) int64 { return f.counters.ExpiredFields })},
		{"expiry_seconds_total", counter, nil, "Time of the writer that expiry took.",
			seconds(func(f *figures) int64 { return f.counters.ExpireNs })},
		{"freed_later_total", counter, nil, "Keys and collections that were freed in slices, as there was too much at once.",
			one(func(f *figures) int64 { return f.freed.done })},
		{"freed_later_pending", gauge, nil, "Those of them that are still to be freed.",
			one(func(f *figures) int64 { return f.freed.pending })},
		{"expiry_late_max_seconds", gauge, nil, "The longest time that a key stayed after its expiry.",
			one(func(f *figures) float64 { return float64(f.counters.LateMsMax) / 1e3 })},
		{"changes_total", counter, nil, "Changes of keys.", one(func(f *figures) int64 { return f.counters.Changes })},
		{"watched_keys", gauge, nil, "Keys that WATCH watches.", one(func(f *figures) int { return f.watched })},
		{"blocking_keys", gauge, nil, "Keys that clients wait for.", one(func(f *figures) int { return f.blocking })},
		{"tracked_keys", gauge, nil, "Keys that clients are remembered to have read.",
			one(func(f *figures) int { return f.tracking.Keys })},
		{"tracked_items", gauge, nil, "Pairs of such a key and a client.",
			one(func(f *figures) int { return f.tracking.Items })},
		{"tracked_prefixes", gauge, nil, "Prefixes that clients have asked to hear of.",
			one(func(f *figures) int { return f.tracking.Prefixes })},
	}
}

func messageMetrics() []metric {
	return []metric{
		{"pubsub_channels", gauge, []string{"kind"}, "Channels, patterns and sharded channels with a subscriber.",
			func(f *figures, w *writer) {
				for kind, name := range []string{"channel", "pattern", "shard"} {
					w.value(float64(f.pubsub[kind]), name)
				}
			}},
	}
}

func scriptMetrics() []metric {
	return []metric{
		{"scripts", gauge, nil, "Scripts that are known.", one(func(f *figures) int { return f.script.Scripts })},
		{"scripts_bytes", gauge, nil, "About what they take in memory.",
			one(func(f *figures) int64 { return f.script.ScriptBytes })},
		{"scripts_evicted_total", counter, nil, "Scripts of EVAL that made room for others.",
			one(func(f *figures) int { return f.script.Evicted })},
		{"function_libraries", gauge, nil, "Libraries of functions.", one(func(f *figures) int { return f.script.Libraries })},
		{"functions", gauge, nil, "Functions in them.", one(func(f *figures) int { return f.script.Functions })},
	}
}

// journalled is the values of a metric that is there with an append-only file only.
func journalled(of func(*figures) float64) func(*figures, *writer) {
	return func(f *figures, w *writer) {
		if f.journal.there {
			w.value(of(f))
		}
	}
}

func journalMetrics() []metric {
	return []metric{
		{"aof_enabled", gauge, nil, "1 with an append-only file.",
			flag(func(f *figures) bool { return f.persistence.Enabled })},
		{"aof_write_ok", gauge, nil, "0 while the append-only file cannot be written, and writes are refused.",
			journalled(func(f *figures) float64 { return digit(f.persistence.WriteError == nil) })},
		{"aof_size_bytes", gauge, nil, "Size of the append-only file, all parts together.",
			journalled(func(f *figures) float64 { return float64(f.persistence.CurrentBytes) })},
		{"aof_base_size_bytes", gauge, nil, "Size of it when it was last rewritten.",
			journalled(func(f *figures) float64 { return float64(f.persistence.BaseBytes) })},
		{"aof_buffer_bytes", gauge, nil, "Recorded and not written yet.",
			journalled(func(f *figures) float64 { return float64(f.persistence.BufferBytes) })},
		{"aof_recorded_bytes_total", counter, nil, "Bytes that were recorded since the file was opened.",
			journalled(func(f *figures) float64 { return float64(f.journal.appended) })},
		{"aof_synced_bytes_total", counter, nil, "Of them, those that outlast a power cut.",
			journalled(func(f *figures) float64 { return float64(f.journal.synced) })},
		{"aof_writes_total", counter, nil, "Calls of write.",
			journalled(func(f *figures) float64 { return float64(f.persistence.Writes) })},
		{"aof_written_bytes_total", counter, nil, "Bytes that they wrote.",
			journalled(func(f *figures) float64 { return float64(f.persistence.WrittenBytes) })},
		{"aof_fsyncs_total", counter, nil, "Calls of fsync.",
			journalled(func(f *figures) float64 { return float64(f.persistence.Syncs) })},
		{"aof_fsyncs_delayed_total", counter, nil, "Those that found the one before them still running.",
			journalled(func(f *figures) float64 { return float64(f.persistence.DelayedSyncs) })},
		{"aof_last_fsync_seconds", gauge, nil, "How long the last one took.",
			journalled(func(f *figures) float64 { return float64(f.persistence.LastSyncUs) / 1e6 })},
		{"aof_stalls_total", counter, nil, "Times that the writer had to wait for the disk.",
			journalled(func(f *figures) float64 { return float64(f.persistence.Stalls) })},
	}
}

// lasted is how long the last save took; nothing before the first.
func lasted(of func(*figures) int64) func(*figures, *writer) {
	return func(f *figures, w *writer) {
		if s := of(f); s >= 0 {
			w.value(float64(s))
		}
	}
}

func saveMetrics() []metric {
	return []metric{
		{"rdb_changes_since_last_save", gauge, nil, "Changes that no RDB file has.",
			one(func(f *figures) int64 { return f.unsaved })},
		{"rdb_last_save_timestamp_seconds", gauge, nil, "When the last RDB file was saved, or the server started.",
			one(func(f *figures) float64 { return float64(f.savedAtMs) / 1e3 })},
		{"rdb_saves_total", counter, nil, "RDB files that were saved.", one(func(f *figures) int64 { return f.save.Count })},
		{"rdb_save_in_progress", gauge, nil, "1 while one is saved.",
			flag(func(f *figures) bool { return f.save.Running })},
		{"rdb_last_save_ok", gauge, nil, "0 after one has failed.", flag(func(f *figures) bool { return !f.save.Failed })},
		{"rdb_last_save_seconds", gauge, nil, "How long the last one took.",
			lasted(func(f *figures) int64 { return f.save.LastSeconds })},
		{"aof_rewrites_total", counter, nil, "Rewrites of the append-only file that succeeded.",
			one(func(f *figures) int64 { return f.rewrite.Count })},
		{"aof_rewrite_in_progress", gauge, nil, "1 while it is rewritten.",
			flag(func(f *figures) bool { return f.rewrite.Running })},
		{"aof_last_rewrite_ok", gauge, nil, "0 after a rewrite has failed.",
			flag(func(f *figures) bool { return !f.rewrite.Failed })},
		{"aof_last_rewrite_seconds", gauge, nil, "How long the last one took.",
			lasted(func(f *figures) int64 { return f.rewrite.LastSeconds })},
		{"snapshots_total", counter, nil, "Snapshots that were opened, to save or to rewrite.",
			one(func(f *figures) int64 { return f.counters.Snapshots })},
		{"snapshot_open_seconds", gauge, nil, "How long everybody waited for the last one to be opened.",
			seconds(func(f *figures) int64 { return f.counters.OpenNs })},
		{"snapshot_open_max_seconds", gauge, nil, "The longest that everybody has waited for one.",
			seconds(func(f *figures) int64 { return f.counters.OpenNsMax })},
	}
}
