package diff

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"solokv/tests/harness"
)

// infoAbsent are fields of Redis's INFO that SoloKV has not, for it is no program in C and
// its writer has no thread of its own.
var infoAbsent = []string{
	"Server.gcc_version", "Server.atomicvar_api", "CPU.used_cpu_sys_main_thread", "CPU.used_cpu_user_main_thread",
}

// infoLater are sections of servers after 7.2.
var infoLater = []string{"Threads", "Keysizes", "TLS", "Scripting Engines"}

// infoNames are the fields of INFO everything, with the section before them, but for those
// that are named for commands, errors and modules.
func infoNames(c *harness.Client) (names []string) {
	section := ""
	for line := range strings.SplitSeq(c.MustDo("INFO", "everything").Text, "\r\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			section = title
			continue
		}
		name, _, ok := strings.Cut(line, ":")
		switch section {
		case "Commandstats", "Latencystats", "Errorstats", "Modules":
			continue
		}
		if ok {
			names = append(names, section+"."+name)
		}
	}
	return names
}

// TestInfoNames: whatever a tool looks for in the INFO of a real Redis is in ours, in the
// same section and the same order.
func TestInfoNames(t *testing.T) {
	real := harness.Redis(t, *oracle)
	args := []string{"--appendonly", "yes"}
	var names [2][]string
	for i, program := range []harness.Program{real, harness.SoloKV(t)} {
		c := harness.Start(t, program, args...).Dial()
		c.MustDo("SET", "k", "v")
		names[i] = infoNames(c)
	}
	theirs := slices.DeleteFunc(names[0], func(name string) bool {
		section, _, _ := strings.Cut(name, ".")
		return slices.Contains(infoAbsent, name) || slices.Contains(infoLater, section)
	})
	ours := slices.DeleteFunc(names[1], func(name string) bool { return !slices.Contains(theirs, name) })
	assert.Equal(t, theirs, ours)
}

// infoRead are the fields that tools draw: those of redis_exporter, Datadog's check and
// the usual dashboards, but for replicas, clusters and servers that are no Redis.
var infoRead = strings.Fields(`
	redis_version redis_mode os process_id run_id tcp_port uptime_in_seconds uptime_in_days role redis_build_id
	connected_clients blocked_clients tracking_clients client_recent_max_input_buffer client_recent_max_output_buffer
	maxclients pubsub_clients watching_clients total_blocking_keys
	used_memory used_memory_human used_memory_rss used_memory_peak used_memory_peak_perc used_memory_lua
	used_memory_overhead used_memory_startup used_memory_dataset used_memory_dataset_perc used_memory_scripts
	used_memory_vm_total used_memory_functions number_of_cached_scripts number_of_functions number_of_libraries
	maxmemory maxmemory_policy mem_fragmentation_ratio mem_fragmentation_bytes mem_clients_slaves mem_clients_normal
	mem_not_counted_for_evict mem_allocator mem_aof_buffer mem_replication_backlog lazyfree_pending_objects
	lazyfreed_objects active_defrag_running allocator_active allocator_allocated allocator_resident
	allocator_frag_ratio allocator_frag_bytes allocator_rss_ratio allocator_rss_bytes rss_overhead_ratio
	rss_overhead_bytes total_system_memory
	loading async_loading rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time
	rdb_last_bgsave_status rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec rdb_last_cow_size rdb_saves
	rdb_last_load_keys_loaded rdb_last_load_keys_expired current_cow_size current_save_keys_processed
	current_save_keys_total aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec
	aof_current_rewrite_time_sec aof_last_cow_size aof_current_size aof_base_size aof_pending_rewrite
	aof_buffer_length aof_pending_bio_fsync aof_delayed_fsync aof_last_bgrewrite_status aof_last_write_status
	module_fork_in_progress module_fork_last_cow_size
	total_connections_received total_commands_processed instantaneous_ops_per_sec instantaneous_input_kbps
	instantaneous_output_kbps rejected_connections total_net_input_bytes total_net_output_bytes
	total_net_repl_input_bytes total_net_repl_output_bytes expired_keys expired_subkeys expired_stale_perc
	expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys evicted_clients evicted_scripts
	total_eviction_exceeded_time current_eviction_exceeded_time keyspace_hits keyspace_misses pubsub_channels
	pubsub_patterns pubsubshard_channels latest_fork_usec total_forks migrate_cached_sockets
	active_defrag_hits active_defrag_misses active_defrag_key_hits active_defrag_key_misses
	slave_expires_tracked_keys unexpected_error_replies total_error_replies dump_payload_sanitizations
	total_reads_processed total_writes_processed io_threaded_reads_processed io_threaded_writes_processed
	client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections reply_buffer_shrinks
	reply_buffer_expands eventloop_cycles eventloop_duration_sum eventloop_duration_cmd_sum
	instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec
	acl_access_denied_auth acl_access_denied_cmd acl_access_denied_key acl_access_denied_channel
	connected_slaves master_repl_offset second_repl_offset repl_backlog_active repl_backlog_size
	repl_backlog_first_byte_offset repl_backlog_histlen master_replid sync_full sync_partial_ok sync_partial_err
	used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children cluster_enabled db0
`)

func TestInfoHasWhatToolsRead(t *testing.T) {
	c := harness.Start(t, harness.SoloKV(t), "--appendonly", "yes").Dial()
	c.MustDo("SET", "k", "v")
	names := infoNames(c)
	for _, field := range infoRead {
		assert.True(t, slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, "."+field) }), field)
	}
}
