#!/bin/busybox sh
# The whole system of a test guest: says on the serial console, in lines of JSON, what it sees, then a tick a second.
# SYSTEM comes from the kernel's command line, which the boot loader of the disk gave: it is the witness of what booted.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/ttyS0 >/dev/ttyS0 2>/dev/null
stty -echo -onlcr
# The firmware and the boot loader may have left a line that is not ended.
echo

for module in /modules/*; do insmod "$module"; done

SYSTEM=$(sed -n 's/.*medevac\.system=\([a-z]*\).*/\1/p' /proc/cmdline)
MARKER_SECTOR=62
ORDER_SECTOR=63
BOOT_ID=$(cat /proc/sys/kernel/random/uuid)

# event, further fields
say() {
  printf '{"event":"%s","system":"%s","bootId":"%s"%s}\n' "$1" "$SYSTEM" "$BOOT_ID" "$2"
}

# device, sector: past the page cache, because the sector is written from the outside
read_sector() {
  dd if="/dev/$1" bs=512 skip="$2" count=1 iflag=direct | tr -d '\000\n'
}

system_of() {
  read_sector "$1" $MARKER_SECTOR | sed -n 's/^medevac //p'
}

serial_of() {
  if [ -e "/sys/block/$1/serial" ]; then cat "/sys/block/$1/serial"
  else tail -c +5 "/sys/block/$1/device/vpd_pg80" | tr -d '\000 '; fi
}

disk_of() {
  for path in /sys/block/vd* /sys/block/sd*; do
    [ -e "$path" ] && [ "$(system_of "${path##*/}")" = "$1" ] && echo "${path##*/}" && return
  done
}

# SCSI disks are looked for in the background.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  OWN_DISK=$(disk_of "$SYSTEM")
  [ -n "$OWN_DISK" ] && break
  sleep 0.5
done

list_disks() {
  separator=
  for path in /sys/block/vd* /sys/block/sd*; do
    [ -e "$path" ] || continue
    name=${path##*/}
    marker=$(system_of "$name")
    printf '%s{"name":"%s","serial":"%s","bytes":%s' "$separator" "$name" "$(serial_of "$name")" $(($(cat "$path/size") * 512))
    [ -n "$marker" ] && printf ',"system":"%s"' "$marker"
    printf '}'
    separator=,
  done
}

list_macs() {
  separator=
  for path in /sys/class/net/*; do
    [ -e "$path/device" ] || continue
    printf '%s"%s"' "$separator" "$(cat "$path/address")"
    separator=,
  done
}

list_lines() {
  sed 's/.*/"&"/' "$1" | tr '\n' ',' | sed 's/,$//'
}

# The second partition of the root disk holds a file that outlives boots.
NOTES=
NOTED=false
ROOT_DISK=$(disk_of root)
if [ -n "$ROOT_DISK" ] && mount -t vfat -o sync "/dev/${ROOT_DISK}2" /mnt; then
  NOTES=$(list_lines /mnt/notes)
  [ "$SYSTEM" = rescue ] && echo "rescue $BOOT_ID" >>/mnt/notes && NOTED=true
  umount /mnt
fi

DMI=/sys/class/dmi/id
say boot "$(printf ',"uuid":"%s","serial":"%s","macs":[%s],"disks":[%s],"notes":[%s],"noted":%s' \
  "$(cat $DMI/product_uuid)" "$(cat $DMI/product_serial)" "$(list_macs)" "$(list_disks)" "$NOTES" "$NOTED")"

# A press of the power button, which is how a guest is asked to shut down, is an order as well.
acpid -d -c /etc/acpi >/dev/null &

# Rewrites that many MiB again and again, as fast as it can. The content is random, because pages of zeros are not
# transferred, and differs from one pass to the next, because pages of the same content do not count as rewritten.
dirty() {
  [ -n "$DIRTIER" ] && kill "$DIRTIER"
  DIRTIER=
  [ "$1" = 0 ] && return
  head -c 1048576 /dev/urandom >/mebibyte-0
  head -c 1048576 /dev/urandom >/mebibyte-1
  pass=0
  while :; do
    i=0
    while [ $i -lt "$1" ]; do dd if=/mebibyte-$pass of=/dirty bs=1M seek=$i conv=notrunc; i=$((i + 1)); done
    pass=$((1 - pass))
  done &
  DIRTIER=$!
}

obey() {
  say order ",\"order\":\"$1\""
  case $1 in
    poweroff) poweroff -f ;;
    reboot) reboot -f ;;
    crash) echo c >/proc/sysrq-trigger ;;
    dirty\ *) dirty "${1#dirty }" ;;
  esac
}

n=0
while :; do
  n=$((n + 1))
  say tick ",\"n\":$n"
  order=$(cat /power-button || read_sector "$OWN_DISK" $ORDER_SECTOR)
  if [ -n "$order" ]; then
    # It counts once, also when it is a boot that it orders.
    dd if=/dev/zero of="/dev/$OWN_DISK" bs=512 seek=$ORDER_SECTOR count=1 oflag=direct conv=notrunc
    obey "$order"
  fi
  sleep 1
done
