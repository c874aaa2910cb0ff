package pinwatch.pins;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The claims of the second line, verified. */
public final class Configuration {
    /** Seconds between polls, if the configuration does not say. */
    static final long DEFAULT_REFRESH = 180;

    private static final String PLACE = "configuration";
    private static final int MOST_DOMAINS = 1_000;
    private static final int MOST_ROOTS = 300;
    private static final int MOST_DEVICES = 20;

    private final String channel;
    private final Dates dates;
    /** By host. */
    private final Map<String, Entry> entries;
    private final boolean isRootsByDefault;
    private final Set<String> roots;
    private final List<UnpinnedDevice> devices;

    private Configuration(Claims claims, String channel) throws RefusedException {
        this.channel = channel;
        this.dates = new Dates(claims);
        this.isRootsByDefault = claims.isSecond("default", "off", "roots");
        Payload.requireAudience(Payload.audience(claims), channel, PLACE);
        // The entries, and the lists that belong to them, only after the audience: see the order of verification.
        this.entries = entries(claims);
        this.roots = roots(claims, isRootsByDefault || isAnyInMode(entries, Mode.ROOTS));
        this.devices = devices(claims);
    }

    /** @param payload its signature has been verified */
    static Configuration parse(byte[] payload, String channel) throws RefusedException {
        return new Configuration(Payload.open(payload, PLACE), channel);
    }

    /** The claims that change with each signature. */
    private static final class Dates {
        final long version;
        final long issuedAt;
        final long expiresAt;
        final long refresh;
        final boolean isOpenAfterExpiry;

        Dates(Claims claims) throws RefusedException {
            version = claims.integer("ver", 1, JsonNumber.LARGEST);
            issuedAt = Payload.seconds(claims, "iat");
            expiresAt = Payload.seconds(claims, "exp");
            if (expiresAt <= issuedAt) {
                throw claims.expected("exp", "a time after iat");
            }
            refresh = claims.integer("refresh", 60, 86_400, DEFAULT_REFRESH);
            isOpenAfterExpiry = claims.isSecond("afterExpiry", "enforce", "off");
        }
    }

    private static Map<String, Entry> entries(Claims claims) throws RefusedException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<?, ?> member : claims.object("domains", MOST_DOMAINS).entrySet()) {
            String host = (String) member.getKey();
            if (!HostName.isEntryName(host)) {
                throw claims.expected("domains", "hosts in lower case with two labels or more, no IP address");
            }
            entries.put(host, Entry.parse(member.getValue(), PLACE + ".domains[" + host + "]"));
        }
        return entries;
    }

    private static Set<String> roots(Claims claims, boolean areNeeded) throws RefusedException {
        Set<String> roots = new LinkedHashSet<>();
        // Without a single root, nothing could connect.
        if (areNeeded || claims.has("roots")) {
            for (Object pin : claims.list("roots", areNeeded ? 1 : 0, MOST_ROOTS)) {
                roots.add(Pin.parse(pin, PLACE + ".roots"));
            }
        }
        return Collections.unmodifiableSet(roots);
    }

    private static boolean isAnyInMode(Map<String, Entry> entries, Mode mode) {
        for (Entry entry : entries.values()) {
            if (entry.mode == mode) {
                return true;
            }
        }
        return false;
    }

    private static List<UnpinnedDevice> devices(Claims claims) throws RefusedException {
        List<UnpinnedDevice> devices = new ArrayList<>();
        if (claims.has("devices")) {
            for (Object device : claims.list("devices", 0, MOST_DEVICES)) {
                devices.add(UnpinnedDevice.parse(device, PLACE + ".devices[" + devices.size() + "]"));
            }
        }
        return devices;
    }

    /** {@code ver}: rises with every publication. */
    public long version() {
        return dates.version;
    }

    /** {@code iat}, seconds since 1970. */
    public long issuedAt() {
        return dates.issuedAt;
    }

    /** {@code exp}, seconds since 1970: past it the configuration is stale, and in force until a fresh one comes. */
    public long expiresAt() {
        return dates.expiresAt;
    }

    /** Seconds between polls while the app is active. */
    public long refresh() {
        return dates.refresh;
    }

    /** @param at seconds since 1970 */
    public boolean isStale(long at) {
        return at >= dates.expiresAt;
    }

    /** The names of all entries. */
    public Set<String> hosts() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * What is asked of connections to a host.
     *
     * @param host as in a URL: A-labels, in any case, perhaps with a trailing dot; without a port
     * @param deviceId this installation's, or null
     * @param at seconds since 1970
     */
    public Decision decide(String host, String deviceId, long at) {
        String name = entryName(HostName.canonical(host));
        if (dates.isOpenAfterExpiry && isStale(at) || isUnpinned(deviceId, name, at)) {
            return Decision.NOT_PINNED;
        }
        if (name == null) {
            return isRootsByDefault ? Decision.enforce(roots) : Decision.NOT_PINNED;
        }
        Entry entry = entries.get(name);
        switch (entry.mode) {
            case PINS:
                return Decision.enforce(entry.pins);
            case OBSERVE:
                return Decision.observe(entry.pins);
            case ROOTS:
                return Decision.enforce(roots);
            default:
                return Decision.NOT_PINNED;
        }
    }

    /** The longest entry that covers the host, alone; entries are never united. Null if none does. */
    private String entryName(String host) {
        if (entries.containsKey(host)) {
            return host;
        }
        for (String name = HostName.parent(host); name != null; name = HostName.parent(name)) {
            Entry entry = entries.get(name);
            if (entry != null && entry.coversBelow) {
                return name;
            }
        }
        return null;
    }

    private boolean isUnpinned(String deviceId, String entryName, long at) {
        if (deviceId == null || devices.isEmpty()) {
            return false;
        }
        String hash = DeviceId.hash(channel, deviceId);
        for (UnpinnedDevice device : devices) {
            if (device.covers(hash, entryName, at)) {
                return true;
            }
        }
        return false;
    }

    /** @return null if this configuration has no entry of that name */
    Entry entry(String name) {
        return entries.get(name);
    }

    Set<String> roots() {
        return roots;
    }
}
