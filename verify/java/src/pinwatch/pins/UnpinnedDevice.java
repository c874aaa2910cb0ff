package pinwatch.pins;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A device that is not pinned for a time, so that its owner can test the app through a proxy. */
final class UnpinnedDevice {
    private static final int MOST_DOMAINS = 1_000;

    /** See {@link DeviceId#hash}. */
    private final String hash;
    /** Seconds since 1970. */
    private final long until;
    /** Names of entries; null for every host. */
    private final Set<String> domains;

    private UnpinnedDevice(String hash, long until, Set<String> domains) {
        this.hash = hash;
        this.until = until;
        this.domains = domains;
    }

    static UnpinnedDevice parse(Object value, String place) throws RefusedException {
        Claims claims = Claims.of(value, place);
        claims.base64Url("h", Sha256.SIZE);
        long until = Payload.seconds(claims, "until");
        return new UnpinnedDevice(claims.string("h"), until, claims.has("domains") ? domains(claims) : null);
    }

    private static Set<String> domains(Claims claims) throws RefusedException {
        List<?> names = claims.list("domains", 1, MOST_DOMAINS);
        Set<String> domains = new LinkedHashSet<>();
        for (Object name : names) {
            if (!(name instanceof String) || !HostName.isEntryName((String) name)) {
                throw claims.expected("domains", "names of hosts");
            }
            domains.add((String) name);
        }
        return domains;
    }

    /**
     * @param deviceHash null if this installation has no id
     * @param entryName the entry that decides, or null if none does
     * @param at seconds since 1970
     */
    boolean covers(String deviceHash, String entryName, long at) {
        return hash.equals(deviceHash) && at < until && (domains == null || domains.contains(entryName));
    }
}
