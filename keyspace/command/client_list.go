package command

import (
	"strings"

	"solokv/keyspace"
)

// CLIENT INFO, LIST and KILL: the connections, one line each, and which of them
// a filter means.

func clientInfo(c *keyspace.Ctx) error {
	return c.ReplyVerbatim(string(c.AppendClient(nil, c.Session())))
}

func clientList(c *keyspace.Ctx) error {
	switch {
	case c.Argc() == 2:
		return replyClients(c, func(*keyspace.Session) bool { return true })
	case c.Argc() == 4 && keyspace.EqualFold(c.Arg(2), "TYPE"):
		kind, err := clientKindNamed(c.Arg(3))
		if err != nil {
			return err
		}
		return replyClients(c, func(s *keyspace.Session) bool { return clientKindOf(s) == kind })
	case c.Argc() > 3 && keyspace.EqualFold(c.Arg(2), "ID"):
		return clientListByID(c)
	}
	return keyspace.ErrSyntax
}

// clientListByID lists the connections in the order in which they are asked for.
func clientListByID(c *keyspace.Ctx) error {
	var text []byte
	for i := 3; i < c.Argc(); i++ {
		id, err := c.Int(i)
		if err != nil {
			return keyspace.Error("ERR Invalid client ID")
		}
		if s := c.Engine().Client(id); s != nil && !s.Gone() {
			text = c.AppendClient(text, s)
		}
	}
	return c.ReplyVerbatim(string(text))
}

func replyClients(c *keyspace.Ctx, fits func(*keyspace.Session) bool) error {
	var text []byte
	c.Engine().Clients(func(s *keyspace.Session) bool {
		if !s.Gone() && fits(s) {
			text = c.AppendClient(text, s)
		}
		return true
	})
	return c.ReplyVerbatim(string(text))
}

// clientKind is the type of a connection, for filters.
type clientKind string

const (
	clientNormal  clientKind = "normal"
	clientMaster  clientKind = "master"
	clientReplica clientKind = "replica"
	clientPubSub  clientKind = "pubsub"
)

func clientKindOf(s *keyspace.Session) clientKind {
	if s.InPubSub() {
		return clientPubSub
	}
	return clientNormal
}

func clientKindNamed(arg []byte) (clientKind, error) {
	kind := clientKind(strings.ToLower(string(arg)))
	switch kind {
	case clientNormal, clientMaster, clientReplica, clientPubSub:
		return kind, nil
	case "slave":
		return clientReplica, nil
	}
	return "", keyspace.Errorf("ERR Unknown client type '%s'", keyspace.Quoted(nil, arg, 128))
}

const clientKillSyntax = "<filter: <old-format: ip:port> | <new-format: [ID client-id] |" +
	" [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [addr: ADDR ip:port] |" +
	" [laddr: LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage]>" +
	" [<[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] |" +
	" [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage]> ...]>"

func clientKill(c *keyspace.Ctx) error {
	if c.Argc() == 3 {
		addr := string(c.Arg(2))
		if killClients(c, []clientFilter{func(s *keyspace.Session) bool { return s.Peer().Addr == addr }}) == 0 {
			return keyspace.Error("ERR No such client")
		}
		return c.OK()
	}
	filters, err := parseClientFilters(c)
	if err != nil {
		return err
	}

	killed := killClients(c, filters)

	return c.ReplyInt(int64(killed))
}

// clientFilter tells whether CLIENT KILL means a connection.
type clientFilter func(*keyspace.Session) bool

// killClients closes the connections that pass all filters.
func killClients(c *keyspace.Ctx, filters []clientFilter) (killed int) {
	c.Engine().Clients(func(s *keyspace.Session) bool {
		if s.Gone() {
			return true
		}
		for _, fits := range filters {
			if !fits(s) {
				return true
			}
		}
		c.Engine().Kill(c, s)
		killed++
		return true
	})
	return killed
}

// parseClientFilters reads the new form of CLIENT KILL. Of an option that comes
// twice the last one counts.
func parseClientFilters(c *keyspace.Ctx) ([]clientFilter, error) {
	me := c.Session()
	byOption := map[string]clientFilter{"SKIPME": func(s *keyspace.Session) bool { return s != me }}
	o := c.Options(2)
	for o.Next() {
		option := strings.ToUpper(string(o.Current()))
		value := o.Arg()
		if o.Err() != nil {
			break
		}
		filter, err := clientFilterOf(c, option, value)
		o.Fail(err)
		byOption[option] = filter
	}
	filters := make([]clientFilter, 0, len(byOption))
	for _, filter := range byOption {
		filters = append(filters, filter)
	}
	return filters, o.Err()
}

// clientFilterOf makes the filter of one option.
func clientFilterOf(c *keyspace.Ctx, option string, value []byte) (clientFilter, error) {
	switch option {
	case "ID":
		id, err := keyspace.ParseInt(value)
		if err != nil || id < 1 {
			return nil, keyspace.Error("ERR client-id should be greater than 0")
		}
		return func(s *keyspace.Session) bool { return s.ID() == id }, nil
	case "TYPE":
		kind, err := clientKindNamed(value)
		return func(s *keyspace.Session) bool { return clientKindOf(s) == kind }, err
	case "ADDR":
		return func(s *keyspace.Session) bool { return s.Peer().Addr == string(value) }, nil
	case "LADDR":
		return func(s *keyspace.Session) bool { return s.Peer().Local == string(value) }, nil
	case "USER":
		user := c.Engine().Users().Get(string(value))
		if user == nil {
			return nil, keyspace.Errorf("ERR No such user '%s'", keyspace.Quoted(nil, value, 128))
		}
		return func(s *keyspace.Session) bool { return s.User() == user }, nil
	case "MAXAGE":
		seconds, err := keyspace.ParseInt(value)
		switch {
		case err != nil:
			return nil, keyspace.Error("ERR maxage is not an integer or out of range")
		case seconds <= 0:
			return nil, keyspace.Error("ERR maxage should be greater than 0")
		}
		return func(s *keyspace.Session) bool { return s.Info(c.NowMs()).AgeMs/1000 >= seconds }, nil
	case "SKIPME":
		me := c.Session()
		switch {
		case keyspace.EqualFold(value, "YES"):
			return func(s *keyspace.Session) bool { return s != me }, nil
		case keyspace.EqualFold(value, "NO"):
			return func(*keyspace.Session) bool { return true }, nil
		}
	}
	return nil, keyspace.ErrSyntax
}
