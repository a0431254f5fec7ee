package command

import (
	"cmp"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"solokv/keyspace"
	"solokv/keyspace/acl"
	"solokv/keyspace/config"
)

const infoDaySeconds = 24 * 60 * 60

func infoServer(c *keyspace.Ctx, t *infoText) {
	e := c.Engine()
	build, v := e.Build(), e.Config().Values()
	uptime := e.Counters().UptimeNs / 1e9
	t.string("redis_version", build.Compatible)
	t.string("solokv_version", build.Version)
	t.string("redis_git_sha1", "00000000")
	t.int("redis_git_dirty", 0)
	t.string("redis_build_id", build.Version)
	t.string("redis_mode", "standalone")
	t.string("os", systemName())
	t.int("arch_bits", strconv.IntSize)
	t.string("monotonic_clock", "POSIX clock_gettime")
	t.string("multiplexing_api", "epoll")
	t.string("solokv_go_version", runtime.Version())
	t.int("process_id", int64(os.Getpid()))
	t.string("process_supervised", build.Supervised)
	t.string("run_id", build.RunID)
	t.int("tcp_port", int64(cmp.Or(v.Port, v.TLSPort)))
	t.int("server_time_usec", e.NowUs())
	t.int("uptime_in_seconds", uptime)
	t.int("uptime_in_days", uptime/infoDaySeconds)
	t.int("hz", int64(v.HZ))
	t.int("configured_hz", int64(v.HZ))
	t.int("lru_clock", c.NowMs()/1000&(1<<24-1))
	t.string("executable", build.Executable)
	t.string("config_file", e.Config().File())
	t.flag("io_threads_active", e.NetworkFacts().Loops > 1)
	t.int("solokv_event_loops", int64(e.NetworkFacts().Loops))
	t.int("solokv_goroutines", int64(runtime.NumGoroutine()))
	infoListeners(t, v)
}

// infoListeners are the addresses that the server listens on.
func infoListeners(t *infoText, v *config.Values) {
	n := 0
	listener := func(value string) {
		t.string("listener"+strconv.Itoa(n), value)
		n++
	}
	bound := ""
	for _, address := range v.Bind {
		bound += ",bind=" + address
	}
	if v.Port != 0 {
		listener("name=tcp" + bound + ",port=" + strconv.Itoa(v.Port))
	}
	if v.UnixSocket != "" {
		listener("name=unix,bind=" + v.UnixSocket)
	}
	if v.TLSPort != 0 {
		listener("name=tls" + bound + ",port=" + strconv.Itoa(v.TLSPort))
	}
}

func infoClients(c *keyspace.Ctx, t *infoText) {
	e := c.Engine()
	use := clientUseOf(c)
	t.int("connected_clients", int64(e.ClientCount()))
	t.int("cluster_connections", 0)
	t.int("maxclients", int64(e.Config().Values().MaxClients))
	t.int("client_recent_max_input_buffer", use.inputMax)
	t.int("client_recent_max_output_buffer", use.outputMax)
	t.int("blocked_clients", int64(e.BlockedClients()))
	t.int("tracking_clients", int64(e.TrackingCounts().Clients))
	t.int("pubsub_clients", int64(e.PubSubClients()))
	t.int("watching_clients", use.watching)
	t.int("clients_in_timeout_table", int64(e.TimedClients()))
	t.int("total_watched_keys", int64(e.WatchedKeys()))
	t.int("total_blocking_keys", int64(e.BlockingKeys()))
	t.int("total_blocking_keys_on_nokey", int64(e.BlockingKeysOnNoKey()))
}

func infoPersistence(c *keyspace.Ctx, t *infoText) {
	e := c.Engine()
	t.flag("loading", e.Loading())
	t.zeros("async_loading")
	t.int("current_cow_peak", e.CowBytes())
	t.int("current_cow_size", e.CowBytes())
	t.zeros("current_cow_size_age")
	done, total := e.SavedKeys()
	t.float("current_fork_perc", percent(done, total), 2, "")
	t.int("current_save_keys_processed", done)
	t.int("current_save_keys_total", total)
	save := e.SaveFacts()
	t.int("rdb_changes_since_last_save", e.UnsavedChanges())
	t.flag("rdb_bgsave_in_progress", save.Running)
	t.int("rdb_last_save_time", e.LastSaveMs()/1000)
	t.status("rdb_last_bgsave_status", !save.Failed)
	t.int("rdb_last_bgsave_time_sec", save.LastSeconds)
	t.int("rdb_current_bgsave_time_sec", save.Seconds)
	t.int("rdb_saves", save.Count)
	t.int("rdb_last_cow_size", save.CowBytes)

	f := e.PersistenceFacts()
	t.int("rdb_last_load_keys_expired", f.ExpiredKeys)
	t.int("rdb_last_load_keys_loaded", f.LoadedKeys)
	rewrite, failures := e.RewriteFacts()
	t.flag("aof_enabled", f.Enabled)
	t.flag("aof_rewrite_in_progress", rewrite.Running)
	t.flag("aof_rewrite_scheduled", rewrite.Scheduled)
	t.int("aof_last_rewrite_time_sec", rewrite.LastSeconds)
	t.int("aof_current_rewrite_time_sec", rewrite.Seconds)
	t.status("aof_last_bgrewrite_status", !rewrite.Failed)
	t.int("aof_rewrites", rewrite.Count)
	t.int("aof_rewrites_consecutive_failures", int64(failures))
	t.status("aof_last_write_status", f.WriteError == nil)
	t.int("aof_last_cow_size", rewrite.CowBytes)
	t.zeros("module_fork_in_progress", "module_fork_last_cow_size")
	n := e.Counters()
	t.int("solokv_snapshot_open_usec", n.OpenNs/1000) // what latest_fork_usec is to a server that forks
	t.int("solokv_snapshot_open_usec_max", n.OpenNsMax/1000)
	infoLoading(c, t, f.Loading)
	if !f.Enabled {
		return
	}
	t.int("aof_current_size", f.CurrentBytes)
	t.int("aof_base_size", f.BaseBytes)
	t.int("aof_pending_rewrite", 0)
	t.int("aof_buffer_length", f.BufferBytes)
	t.int("aof_pending_bio_fsync", f.PendingSyncs)
	t.int("aof_delayed_fsync", f.DelayedSyncs)
	t.int("solokv_aof_writes", f.Writes)
	t.int("solokv_aof_written_bytes", f.WrittenBytes)
	t.int("solokv_aof_fsyncs", f.Syncs)
	t.int("solokv_aof_last_fsync_usec", f.LastSyncUs)
	t.int("solokv_aof_stalls", f.Stalls)
}

// infoLoading is there only while something is being loaded, as in Redis.
func infoLoading(c *keyspace.Ctx, t *infoText, l keyspace.LoadingFacts) {
	if l.StartMs == 0 {
		return
	}
	share := float64(l.Done) / float64(max(1, l.Total))
	seconds := float64(c.NowMs()-l.StartMs) / 1000
	t.int("loading_start_time", l.StartMs/1000)
	t.int("loading_total_bytes", l.Total)
	t.int("loading_rdb_used_mem", 0)
	t.int("loading_loaded_bytes", l.Done)
	t.float("loading_loaded_perc", share*100, 2, "")
	t.int("loading_eta_seconds", int64(seconds/max(share, 1e-3)-seconds))
}

func infoStats(c *keyspace.Ctx, t *infoText) {
	e := c.Engine()
	n := e.Counters()
	t.int("total_connections_received", n.Connections)
	t.int("total_commands_processed", n.Commands)
	t.int("instantaneous_ops_per_sec", n.CommandRate)
	t.int("total_net_input_bytes", n.InputBytes)
	t.int("total_net_output_bytes", n.OutputBytes)
	t.zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes")
	t.float("instantaneous_input_kbps", float64(n.InputRate)/1024, 2, "")
	t.float("instantaneous_output_kbps", float64(n.OutputRate)/1024, 2, "")
	t.float("instantaneous_input_repl_kbps", 0, 2, "")
	t.float("instantaneous_output_repl_kbps", 0, 2, "")
	network := e.NetworkFacts()
	t.int("rejected_connections", network.Rejected)
	t.zeros("sync_full", "sync_partial_ok", "sync_partial_err")
	t.int("expired_subkeys", n.ExpiredFields)
	t.int("expired_keys", n.Expired)
	t.float("expired_stale_perc", 0, 2, "") // the wheel knows what is due: nothing is stale
	t.int("expired_time_cap_reached_count", n.ExpireCapped)
	t.int("expire_cycle_cpu_milliseconds", n.ExpireNs/1e6)
	t.int("evicted_keys", n.Evicted)
	over, overNow := e.OverMemoryNs()
	t.int("evicted_clients", n.EvictedClients)
	t.int("evicted_scripts", int64(e.ScriptFacts().Evicted))
	t.int("total_eviction_exceeded_time", over/1e6)
	t.int("current_eviction_exceeded_time", overNow/1e6)
	t.int("keyspace_hits", n.Hits)
	t.int("keyspace_misses", n.Misses)
	t.int("pubsub_channels", int64(e.ChannelCount(keyspace.Channel)))
	t.int("pubsub_patterns", int64(e.ChannelCount(keyspace.Pattern)))
	t.int("pubsubshard_channels", int64(e.ChannelCount(keyspace.ShardChannel)))
	t.int("latest_fork_usec", n.OpenNs/1000)
	t.int("total_forks", n.Snapshots)
	t.zeros("migrate_cached_sockets", "slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses",
		"active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time",
		"current_active_defrag_time")
	tracked := e.TrackingCounts()
	t.int("tracking_total_keys", int64(tracked.Keys))
	t.int("tracking_total_items", int64(tracked.Items))
	t.int("tracking_total_prefixes", int64(tracked.Prefixes))
	t.zeros("unexpected_error_replies")
	t.int("total_error_replies", n.ErrorReplies)
	t.zeros("dump_payload_sanitizations")
	infoRounds(t, &n, &network)
	t.int("acl_access_denied_auth", n.Denied(acl.DeniedAuth))
	t.int("acl_access_denied_cmd", n.Denied(acl.DeniedCommand))
	t.int("acl_access_denied_key", n.Denied(acl.DeniedKey))
	t.int("acl_access_denied_channel", n.Denied(acl.DeniedChannel))
	t.int("solokv_malformed_requests", n.Malformed)
	t.int("solokv_expire_late_ms_max", n.LateMsMax)
	t.int("solokv_writer_step_usec_max", n.StepNsMax/1000)
	t.int("solokv_batch_usec_max", n.BatchNsMax/1000)
}

// infoRounds tells of the rounds of the loops and of the writer. What Redis calls a cycle
// of its event loop is a batch of requests here, or a round of background work.
func infoRounds(t *infoText, n *keyspace.Counters, network *keyspace.NetworkFacts) {
	t.int("total_reads_processed", network.Reads)
	t.int("total_writes_processed", network.Writes)
	if network.Loops < 2 {
		t.zeros("io_threaded_reads_processed", "io_threaded_writes_processed")
	} else {
		t.int("io_threaded_reads_processed", network.Reads)
		t.int("io_threaded_writes_processed", network.Writes)
	}
	t.int("client_query_buffer_limit_disconnections", network.QueryLimited)
	t.int("client_output_buffer_limit_disconnections", network.OutputLimited)
	t.zeros("reply_buffer_shrinks", "reply_buffer_expands") // a buffer belongs to a batch, not to a client
	t.int("eventloop_cycles", n.Cycles)
	t.int("eventloop_duration_sum", n.CyclesNs/1000)
	t.int("eventloop_duration_cmd_sum", n.ServingNs/1000)
	t.int("instantaneous_eventloop_cycles_per_sec", n.CycleRate)
	t.int("instantaneous_eventloop_duration_usec", n.CycleNsRate/1000/max(1, n.CycleRate))
}

// replicationIDNone stands where there is no earlier history.
const replicationIDNone = "0000000000000000000000000000000000000000"

func infoReplication(c *keyspace.Ctx, t *infoText) {
	t.string("role", "master")
	t.int("connected_slaves", 0)
	t.string("master_failover_state", "no-failover")
	t.string("master_replid", c.Engine().ReplicationID())
	t.string("master_replid2", replicationIDNone)
	t.int("master_repl_offset", 0)
	t.int("second_repl_offset", -1)
	t.int("repl_backlog_active", 0)
	t.int("repl_backlog_size", c.Engine().Config().Values().ReplBacklogSize)
	t.zeros("repl_backlog_first_byte_offset", "repl_backlog_histlen")
}

// infoCPU leaves out Redis's figures of the main thread: the writer is a
// goroutine and has no thread of its own.
func infoCPU(_ *keyspace.Ctx, t *infoText) {
	self, children := cpuTimes()
	t.float("used_cpu_sys", self.system, 6, "")
	t.float("used_cpu_user", self.user, 6, "")
	t.float("used_cpu_sys_children", children.system, 6, "")
	t.float("used_cpu_user_children", children.user, 6, "")
}

// eachCommand visits every command and subcommand in the order of their names.
func eachCommand(c *keyspace.Ctx, visit func(*keyspace.Command)) {
	for _, cmd := range c.Engine().Commands().All() {
		visit(cmd)
		for _, sub := range cmd.Subcommands {
			visit(sub)
		}
	}
}

func infoCommandStats(c *keyspace.Ctx, t *infoText) {
	eachCommand(c, func(cmd *keyspace.Command) {
		s := cmd.Stats()
		if s.Calls == 0 && s.Failed == 0 && s.Rejected == 0 {
			return
		}
		perCall := float64(s.Us) / float64(max(s.Calls, 1))
		t.string("cmdstat_"+infoName(cmd.FullName()), "calls="+strconv.FormatInt(s.Calls, 10)+
			",usec="+strconv.FormatInt(s.Us, 10)+
			",usec_per_call="+strconv.FormatFloat(perCall, 'f', 2, 64)+
			",rejected_calls="+strconv.FormatInt(s.Rejected, 10)+
			",failed_calls="+strconv.FormatInt(s.Failed, 10))
	})
}

func infoErrorStats(c *keyspace.Ctx, t *infoText) {
	counts := c.Engine().Counters().Errors
	codes := make([]string, 0, len(counts))
	for code := range counts {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		t.string("errorstat_"+infoName(code), "count="+strconv.FormatInt(counts[code], 10))
	}
}

func infoLatencyStats(c *keyspace.Ctx, t *infoText) {
	v := c.Engine().Config().Values()
	if !v.LatencyTracking {
		return
	}
	names := strings.Fields(c.Engine().Config().Text("latency-tracking-info-percentiles"))
	eachCommand(c, func(cmd *keyspace.Command) {
		latency := cmd.Stats().Latency
		if latency == nil {
			return
		}
		parts := make([]string, len(names))
		for i, name := range names {
			us := latency.Percentile(v.LatencyTrackingInfoPercentiles[i])
			parts[i] = "p" + name + "=" + strconv.FormatFloat(float64(us), 'f', 3, 64)
		}
		t.string("latency_percentiles_usec_"+infoName(cmd.FullName()), strings.Join(parts, ","))
	})
}

func infoCluster(c *keyspace.Ctx, t *infoText) {
	t.flag("cluster_enabled", c.Engine().Config().Values().ClusterEnabled)
}

func infoKeyspace(c *keyspace.Ctx, t *infoText) {
	for _, db := range c.Engine().DBs() {
		if db.Len() == 0 {
			continue
		}
		t.string("db"+strconv.Itoa(db.ID()), "keys="+strconv.Itoa(db.Len())+
			",expires="+strconv.Itoa(db.Volatile())+",avg_ttl="+strconv.FormatInt(c.AverageTTL(db), 10))
	}
}
