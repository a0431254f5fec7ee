package command

import "solokv/keyspace"

// CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: see keyspace/tracking.go.

const clientTrackingSyntax = "<status: ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST]" +
	" [OPTIN] [OPTOUT] [NOLOOP]"

func clientTracking(c *keyspace.Ctx) error {
	options, err := parseTracking(c)
	if err != nil {
		return err
	}
	switch {
	case keyspace.EqualFold(c.Arg(2), "ON"):
		err = c.Track(options)
	case keyspace.EqualFold(c.Arg(2), "OFF"):
		c.Engine().Untrack(c.Session())
	default:
		err = keyspace.ErrSyntax
	}
	if err != nil {
		return err
	}
	return c.OK()
}

func parseTracking(c *keyspace.Ctx) (t keyspace.TrackingOptions, err error) {
	o := c.Options(3)
	for o.Next() {
		switch {
		case o.Is("REDIRECT") && o.Left() > 0:
			if t.Redirect != 0 {
				o.Fail(keyspace.Error("ERR A client can only redirect to a single other client"))
				break
			}
			if t.Redirect = o.Int(); o.Err() == nil && c.Engine().Client(t.Redirect) == nil {
				o.Fail(keyspace.Error("ERR The client ID you want redirect to does not exist"))
			}
		case o.Is("BCAST"):
			t.Broadcast = true
		case o.Is("OPTIN"):
			t.OptIn = true
		case o.Is("OPTOUT"):
			t.OptOut = true
		case o.Is("NOLOOP"):
			t.NoLoop = true
		case o.Is("PREFIX") && o.Left() > 0:
			t.Prefixes = append(t.Prefixes, string(o.Arg()))
		default:
			o.Fail(keyspace.ErrSyntax)
		}
	}
	return t, o.Err()
}

func clientCaching(c *keyspace.Ctx) error {
	yes := keyspace.EqualFold(c.Arg(2), "YES")
	switch {
	case !c.Session().Tracking().On:
		yes = true // the mode is what is wrong, whatever the word
	case !yes && !keyspace.EqualFold(c.Arg(2), "NO"):
		return keyspace.ErrSyntax
	}

	if err := c.SetCaching(yes); err != nil {
		return err
	}

	return c.OK()
}

func clientGetRedir(c *keyspace.Ctx) error {
	return c.ReplyInt(c.Session().Tracking().RedirectID())
}

func clientTrackingInfo(c *keyspace.Ctx) error {
	t := c.Session().Tracking()
	flags := []string{"off"}
	if t.On {
		flags[0] = "on"
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{t.Broadcast, "bcast"},
		{t.OptIn, "optin"}, {t.OptIn && t.Caching, "caching-yes"},
		{t.OptOut, "optout"}, {t.OptOut && t.Caching, "caching-no"},
		{t.NoLoop, "noloop"}, {t.Broken, "broken_redirect"},
	} {
		if flag.set {
			flags = append(flags, flag.name)
		}
	}

	c.ReplyMap(3)
	c.ReplyString("flags")
	c.ReplySet(len(flags))
	for _, flag := range flags {
		c.ReplyString(flag)
	}
	c.ReplyString("redirect")
	c.ReplyInt(t.RedirectID())
	c.ReplyString("prefixes")
	return c.ReplyStrings(t.Prefixes)
}
