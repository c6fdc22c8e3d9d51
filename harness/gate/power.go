package gate

import "path"

// Supply is one power supply.
type Supply struct {
	Name   string // as the kernel calls it, made printable
	Type   string // "Battery", "Mains", "USB", and others
	Status string // of a battery: "Discharging", "Charging", "Full", and others
	Online bool   // it feeds
	Device bool   // it belongs to a device, such as a mouse, not to the machine
}

// Supplies lists the power supplies that the machine shows
// (Documentation/ABI/testing/sysfs-class-power). Servers and guests show none.
func Supplies(root string) (list []Supply) {
	for _, folder := range glob(root, "sys/class/power_supply/*") {
		value := func(name string) string { return clean(read(root, path.Join(folder, name))) }
		online := value("online") // 1, or 2 for a USB supply that sets its voltage as it is asked to
		list = append(list, Supply{
			Name: clean(path.Base(folder)), Type: value("type"), Status: value("status"),
			Online: online != "" && online != "0", Device: value("scope") == "Device",
		})
	}
	return list
}

// OnBattery reports whether a battery is being drained and nothing else feeds the
// machine. A machine that shows no supplies has mains.
func OnBattery(root string) bool {
	draining := false
	for _, supply := range Supplies(root) {
		switch {
		case supply.Device:
		case supply.Type == "Battery" || supply.Type == "UPS":
			draining = draining || supply.Status == "Discharging"
		case supply.Online:
			return false
		}
	}
	return draining
}
