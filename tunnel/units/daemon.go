package units

// Where units are written that no package brings.
const systemd = "/etc/systemd/system/"

// The names of the units.
const (
	DaemonUnit  = "perfrun.service"
	RestoreUnit = "perfrun-restore.service"
	BackupUnit  = "perfrun-backup.service"
	BackupTimer = "perfrun-backup.timer"
	TunnelUnit  = "perfrun-tunnel.service"
)

// Daemon is the unit of perfrun serve.
func Daemon(o Options) File {
	var t text
	t.part("[Unit]")
	t.set("", "Description=perfrun: measures what others order")
	t.set("Runs need Docker, and a machine that was put back first.", "After=network.target docker.service %s", RestoreUnit)
	t.set("", "Wants=docker.service %s", RestoreUnit)
	t.set("A daemon that cannot start is tried for ever: a queue that died unnoticed is the\nworst that can happen to a box.", "StartLimitIntervalSec=0")

	t.part("[Service]")
	t.set("It says when it listens, and that it lives; silent for so long, it is killed and\nstarted again.", "Type=notify\nWatchdogSec=3min")
	t.set("What a killed daemon changed on the machine is put back before anything else.", "ExecStartPre=-%s quiet restore", o.Program)
	t.set("", "ExecStart=%s serve --db %s", o.Program, o.Database)
	t.set("", "Environment=PERFRUN_CACHE=%s HOME=/root", o.Cache)
	t.set("The socket's folder, /run/perfrun.", "RuntimeDirectory=perfrun\nRuntimeDirectoryMode=0755")
	t.set("", "Restart=always\nRestartSec=5s")
	t.set("The daemon alone is told to stop: it tells its run, which puts the machine back.\nOnly what is left after that is killed.", "KillMode=mixed\nTimeoutStopSec=3min")
	t.set("Benchmarks may fill the memory; the queue must survive it.", "OOMScoreAdjust=-900")
	t.set("It is root, because CPUs, interrupts and frequencies are root's to set. It needs\nno more than this of the rest of the machine.", "NoNewPrivileges=yes\nProtectSystem=full\nProtectHome=read-only\nRestrictSUIDSGID=yes\nLimitCORE=0")

	t.part("[Install]")
	t.set("", "WantedBy=multi-user.target")
	return File{systemd + DaemonUnit, t.String()}
}

// Restore is the unit that puts the machine back at boot, after a power cut in the
// middle of a run.
func Restore(o Options) File {
	var t text
	t.part("[Unit]")
	t.set("", "Description=perfrun: put back what a run had changed when the machine went down")
	t.set("The journal of changes is on a local disk.", "After=local-fs.target")
	t.set("", "Before=%s", DaemonUnit)
	t.part("[Service]")
	t.set("", "Type=oneshot\nRemainAfterExit=yes\nExecStart=%s quiet restore", o.Program)
	t.part("[Install]")
	t.set("", "WantedBy=multi-user.target")
	return File{systemd + RestoreUnit, t.String()}
}

// Backup is the unit and the timer that copy the database every day.
func Backup(o Options) []File {
	var unit, timer text
	unit.part("[Unit]")
	unit.set("", "Description=perfrun: copy the database, and see that the copy opens")
	unit.part("[Service]")
	unit.set("Two weeks of copies; the copy is checked before it gets its name.", "Type=oneshot\nExecStart=%s db backup --into %s --keep 14 --db %s", o.Program, o.Backups, o.Database)
	unit.set("It waits for its turn on the disk and the CPU.", "IOSchedulingClass=idle\nNice=19")
	timer.part("[Unit]")
	timer.set("", "Description=perfrun: copy the database every day")
	timer.part("[Timer]")
	timer.set("At noon, when nightly runs are over. A day when the machine was off is made up for.", "OnCalendar=*-*-* 12:00:00 UTC\nPersistent=yes")
	timer.part("[Install]")
	timer.set("", "WantedBy=timers.target")
	return []File{{systemd + BackupUnit, unit.String()}, {systemd + BackupTimer, timer.String()}}
}
