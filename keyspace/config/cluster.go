package config

// Cluster is Redis Cluster: slots over many servers.
type Cluster struct {
	ClusterEnabled                  bool
	ClusterConfigFile               string
	ClusterPort                     int   // 0: the port plus 10000
	ClusterNodeTimeout              int   // milliseconds
	ClusterLinkSendbufLimit         int64 // 0: no limit
	ClusterMigrationBarrier         int
	ClusterAllowReplicaMigration    bool
	ClusterReplicaNoFailover        bool
	ClusterReplicaValidityFactor    int
	ClusterRequireFullCoverage      bool
	ClusterAllowReadsWhenDown       bool
	ClusterAllowPubsubshardWhenDown bool

	ClusterAnnounceIP            string
	ClusterAnnouncePort          int
	ClusterAnnounceTLSPort       int
	ClusterAnnounceBusPort       int
	ClusterAnnounceHostname      string
	ClusterAnnounceHumanNodename string
	ClusterPreferredEndpointType EndpointType
}

func (c *Cluster) directives() []Directive {
	return []Directive{
		boolDirective("cluster-enabled", &c.ClusterEnabled, false, Immutable),
		stringDirective("cluster-config-file", &c.ClusterConfigFile, "nodes.conf", Immutable),
		intDirective("cluster-port", &c.ClusterPort, 0, 0, portMax, Immutable),
		intDirective("cluster-node-timeout", &c.ClusterNodeTimeout, 15000, 0, longMax, 0),
		memoryDirective("cluster-link-sendbuf-limit", &c.ClusterLinkSendbufLimit, 0, 0, longMax, 0),
		intDirective("cluster-migration-barrier", &c.ClusterMigrationBarrier, 1, 0, intMax, 0),
		boolDirective("cluster-allow-replica-migration", &c.ClusterAllowReplicaMigration, true, 0),
		boolDirective("cluster-replica-no-failover", &c.ClusterReplicaNoFailover, false, 0).
			alias("cluster-slave-no-failover"),
		intDirective("cluster-replica-validity-factor", &c.ClusterReplicaValidityFactor, 10, 0, intMax, 0).
			alias("cluster-slave-validity-factor"),
		boolDirective("cluster-require-full-coverage", &c.ClusterRequireFullCoverage, true, 0),
		boolDirective("cluster-allow-reads-when-down", &c.ClusterAllowReadsWhenDown, false, 0),
		boolDirective("cluster-allow-pubsubshard-when-down", &c.ClusterAllowPubsubshardWhenDown, true, 0),

		optionDirective("cluster-announce-ip", &c.ClusterAnnounceIP, 0),
		intDirective("cluster-announce-port", &c.ClusterAnnouncePort, 0, 0, portMax, 0),
		intDirective("cluster-announce-tls-port", &c.ClusterAnnounceTLSPort, 0, 0, portMax, 0),
		intDirective("cluster-announce-bus-port", &c.ClusterAnnounceBusPort, 0, 0, portMax, 0),
		optionDirective("cluster-announce-hostname", &c.ClusterAnnounceHostname, 0, hostname),
		optionDirective("cluster-announce-human-nodename", &c.ClusterAnnounceHumanNodename, 0, nodename),
		choiceDirective("cluster-preferred-endpoint-type", &c.ClusterPreferredEndpointType, EndpointIP, endpointNames, 0),
	}
}

// EndpointType is what clients are told to connect to.
type EndpointType int

const (
	EndpointIP EndpointType = iota
	EndpointHostname
	EndpointUnknown
)

var endpointNames = []named[EndpointType]{
	{"ip", EndpointIP}, {"hostname", EndpointHostname}, {"unknown-endpoint", EndpointUnknown},
}
