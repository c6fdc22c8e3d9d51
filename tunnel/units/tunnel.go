package units

import "fmt"

// How soon a dead link is noticed: three times so long without an answer. Both ends
// ask, so that neither waits for ever for the other.
const (
	aliveInterval = 10
	aliveCount    = 3
)

// Arguments are those of autossh, which holds the tunnel from the box to the relay.
func Arguments(o Options) []string {
	return []string{
		"-M", "0", "-N", "-T", "-F", "none",
		"-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ConnectTimeout=15",
		"-o", fmt.Sprintf("ServerAliveInterval=%d", aliveInterval), "-o", fmt.Sprintf("ServerAliveCountMax=%d", aliveCount),
		"-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + o.Hosts, "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "IdentitiesOnly=yes", "-i", o.Key,
		"-R", fmt.Sprintf("*:%d:localhost:22", o.RelayPort), "-p", fmt.Sprint(o.RelaySSH),
		"-l", o.RelayUser, o.Relay,
	}
}

// Tunnel is the unit that holds the box's tunnel to the relay.
func Tunnel(o Options) File {
	var t text
	t.part("[Unit]")
	t.set("", "Description=perfrun: the tunnel from %s to this box", o.Relay)
	t.set("", "Wants=network-online.target\nAfter=network-online.target ssh.service")
	t.set("Tried for ever: nobody can log in to mend it while it is down.", "StartLimitIntervalSec=0")
	t.part("[Service]")
	t.set("autossh must not give up when the very first connection fails, as after a power\ncut in the whole office.", "Environment=AUTOSSH_GATETIME=0")
	t.set("How soon it tries again, at most.", "Environment=AUTOSSH_POLL=30")
	t.set(`-M 0: no port of autossh's own to watch the link; ssh's keep-alives do that.
-N -T: no command, no terminal. -F none: nobody's configuration changes this one.
BatchMode: nobody is there to answer a question.
ExitOnForwardFailure: a connection whose port is taken (by the dead one before it)
  is of no use; ssh ends, and is started again until the port is free.
ServerAlive*: a link that is dead without a word is noticed after 30 s.
StrictHostKeyChecking with a file of its own: only the relay that was set up.
-R *:PORT: people reach the port from outside; the relay's sshd must allow it
  (GatewayPorts clientspecified).`, "ExecStart=/usr/bin/autossh%s", joined(Arguments(o)))
	t.set("autossh starts ssh again, systemd starts autossh again.", "Restart=always\nRestartSec=5s")
	t.set("Nothing but the network and two files.", "ProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nNoNewPrivileges=yes")
	t.part("[Install]")
	t.set("", "WantedBy=multi-user.target")
	return File{systemd + TunnelUnit, t.String()}
}

// joined puts words that hold nothing special after one another. A % is special to
// systemd; Options.Check lets none through.
func joined(words []string) (line string) {
	for _, word := range words {
		line += " " + word
	}
	return line
}

// BoxSSHD are the settings of the box's sshd for those who order runs.
func BoxSSHD(o Options) File {
	var t text
	t.part("# perfrun: those who order runs. Their keys say who they are and what they may do.")
	t.part("Match User " + o.User)
	t.set("Only the keys that perfrun access adds, each with its forced command.", "  AuthorizedKeysFile %s", o.Keys)
	t.set("", "  AuthenticationMethods publickey")
	t.set("No shell, no terminal, no way on to other machines.", "  PermitTTY no\n  AllowTcpForwarding no\n  AllowStreamLocalForwarding no\n  AllowAgentForwarding no\n  X11Forwarding no\n  PermitTunnel no\n  GatewayPorts no")
	t.set("No file of this user's is executed at login.", "  PermitUserRC no")
	t.set("A client that is gone is noticed, and its session ends.", "  ClientAliveInterval %d\n  ClientAliveCountMax %d", aliveInterval, aliveCount)
	t.set("Settings that follow are for everybody again.", "Match all")
	return File{"/etc/ssh/sshd_config.d/perfrun.conf", t.String()}
}

// RelaySSHD are the settings of the relay's sshd for the box's tunnel.
func RelaySSHD(o Options) File {
	var t text
	t.part("# perfrun: the tunnel of the box, which listens here and leads there.")
	t.part("Match User " + o.RelayUser)
	t.set("The box opens one port here, and nothing else.", "  AllowTcpForwarding remote\n  PermitListen *:%d\n  PermitOpen none", o.RelayPort)
	t.set("People reach that port from outside: the box may ask for all addresses.", "  GatewayPorts clientspecified")
	t.set("A session that is dead without a word ends after 30 s. Until then it holds the\nport, and the box cannot come back.", "  ClientAliveInterval %d\n  ClientAliveCountMax %d", aliveInterval, aliveCount)
	t.set("No shell, no terminal, nothing else.", "  PermitTTY no\n  AllowStreamLocalForwarding no\n  AllowAgentForwarding no\n  X11Forwarding no\n  PermitTunnel no\n  PermitUserRC no\n  AuthenticationMethods publickey\n  ForceCommand /usr/bin/false")
	t.set("Settings that follow are for everybody again.", "Match all")
	return File{"/etc/ssh/sshd_config.d/perfrun-relay.conf", t.String()}
}

// RelayKey is the line of the relay's authorized_keys for the box's public key.
func RelayKey(o Options, key string) string {
	return fmt.Sprintf(`restrict,port-forwarding,permitlisten="*:%d" %s`, o.RelayPort, key)
}
