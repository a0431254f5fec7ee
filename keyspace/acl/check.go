package acl

import (
	"fmt"

	"solokv/keyspace/glob"
)

// Request is what a check looks at. The places of keys and channels are those of
// Args; a request of a user who is Unrestricted need not be described at all, and
// Keys and Channels may stay empty where ChecksKeys and ChecksChannels say so.
type Request struct {
	Command  int // its id in the Catalog
	Args     [][]byte
	Keys     []Key
	Channels []Channel
}

// Key is a place in Args that holds a key, and what the request does with it.
type Key struct {
	Index  int
	Access Access
}

// Channel is a place in Args that holds a channel, or a pattern of channels.
type Channel struct {
	Index   int
	Pattern bool
}

// Reason says what a user lacks.
type Reason uint8

// The reasons, the one that tells most last. That of a failed AUTH is only for
// the log.
const (
	Permitted Reason = iota
	DeniedCommand
	DeniedKey
	DeniedAuth
	DeniedChannel
)

// String is the reason as ACL LOG tells it.
func (r Reason) String() string {
	return [...]string{"permitted", "command", "key", "auth", "channel"}[r]
}

// Denial is the outcome of a check. Index is the place in Args of what is denied.
type Denial struct {
	Reason Reason
	Index  int
}

// Message is what the client is told, without "NOPERM ". It does not repeat the
// key. command is the full name.
func (d Denial) Message(u *User, command string) string {
	switch d.Reason {
	case DeniedKey:
		return "No permissions to access a key"
	case DeniedChannel:
		return "No permissions to access a channel"
	}
	return fmt.Sprintf("User %s has no permissions to run the '%s' command", u.name, command)
}

// Explanation is what ACL DRYRUN tells. command is the full name.
func (d Denial) Explanation(u *User, command string, args [][]byte) string {
	if d.Reason == DeniedKey || d.Reason == DeniedChannel {
		return fmt.Sprintf("User %s has no permissions to access the '%s' %s", u.name, args[d.Index], d.Reason)
	}
	return d.Message(u, command)
}

// Unrestricted tells whether the user may do everything, so that no check is
// needed.
func (u *User) Unrestricted() bool { return u.unrestricted }

// ChecksKeys tells whether the keys of a request matter.
func (u *User) ChecksKeys() bool { return u.checksKeys }

// ChecksChannels tells whether the channels of a request matter.
func (u *User) ChecksChannels() bool { return u.checksChannels }

// Check tells whether the user may make a request: whether one of his permission
// sets permits all of it. If none does, the outcome is that of the set that came
// furthest.
func (u *User) Check(r *Request) Denial {
	if u.unrestricted {
		return Denial{}
	}
	furthest := Denial{Reason: DeniedCommand}
	for _, set := range u.sets {
		denial := set.check(r)
		if denial.Reason == Permitted {
			return denial
		}
		if denial.Reason > furthest.Reason || denial.Reason == furthest.Reason && denial.Index > furthest.Index {
			furthest = denial
		}
	}
	return furthest
}

// CheckWithAllKeys is Check for a request that reaches keys it does not name, as
// SORT with BY and GET: the set that permits it must give that access to all keys.
func (u *User) CheckWithAllKeys(r *Request, access Access) bool {
	for _, set := range u.sets {
		if set.accessesAll(access) && set.check(r).Reason == Permitted {
			return true
		}
	}
	return false
}

// PermitsCommand tells whether a set permits the command, whatever its keys.
func (u *User) PermitsCommand(id int, args [][]byte) bool {
	for _, set := range u.sets {
		if set.permitsCommand(id, args) {
			return true
		}
	}
	return false
}

// PermitsKey tells whether a set gives that access to a key.
func (u *User) PermitsKey(key []byte, access Access) bool {
	for _, set := range u.sets {
		if set.permitsKey(key, access) {
			return true
		}
	}
	return false
}

// PermitsChannel tells whether a set permits a channel, or a pattern of channels,
// whatever the command. Who is subscribed to one that his user has lost must go.
func (u *User) PermitsChannel(channel []byte, pattern bool) bool {
	for _, set := range u.sets {
		if set.permitsChannel(channel, pattern) {
			return true
		}
	}
	return false
}

func (p *Permissions) check(r *Request) Denial {
	if !p.permitsCommand(r.Command, r.Args) {
		return Denial{Reason: DeniedCommand}
	}
	if !p.allKeys {
		for _, key := range r.Keys {
			if !p.permitsKey(r.Args[key.Index], key.Access) {
				return Denial{DeniedKey, key.Index}
			}
		}
	}
	if !p.allChannels {
		for _, channel := range r.Channels {
			if !p.permitsChannel(r.Args[channel.Index], channel.Pattern) {
				return Denial{DeniedChannel, channel.Index}
			}
		}
	}
	return Denial{}
}

func (p *Permissions) permitsCommand(id int, args [][]byte) bool {
	if p.commands.has(id) {
		return true
	}
	if len(p.firstArgs) == 0 || len(args) < 2 {
		return false
	}
	for _, permitted := range p.firstArgs[id] {
		if equalsLower(args[1], permitted) {
			return true
		}
	}
	return false
}

func (p *Permissions) permitsKey(key []byte, access Access) bool {
	if p.allKeys {
		return true
	}
	for i := range p.keys {
		if k := &p.keys[i]; k.access&access == access && glob.Match(k.pattern, key) {
			return true
		}
	}
	return false
}

// permitsChannel compares a pattern with patterns literally: whether one covers
// all that another does is not asked.
func (p *Permissions) permitsChannel(channel []byte, pattern bool) bool {
	if p.allChannels {
		return true
	}
	for _, permitted := range p.channels {
		if pattern && string(permitted) == string(channel) || !pattern && glob.Match(permitted, channel) {
			return true
		}
	}
	return false
}

// equalsLower compares without regard to case; lower is in lower case.
func equalsLower(s []byte, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i, b := range s {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != lower[i] {
			return false
		}
	}
	return true
}
