package dev.millrace.emulator.secretmanager;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The secrets of all projects and their versions, in memory. Safe for use by several threads. */
public final class SecretStore {
    private final Map<String, List<Version>> secrets = new ConcurrentHashMap<>();
    private final Set<String> denied = new HashSet<>();

    /** @param enabled whether it may be read */
    record Version(int number, String value, boolean enabled) {}

    /**
     * Adds a version, which is the latest one from now on.
     *
     * @param secret such as {@code projects/P/secrets/NAME}
     */
    public synchronized void add(String secret, String value) {
        List<Version> versions = secrets.computeIfAbsent(secret, name -> new ArrayList<>());
        versions.add(new Version(versions.size() + 1, value, true));
    }

    /** Makes a version unreadable until it is enabled again, which this does not offer. */
    public synchronized void disable(String secret, int version) {
        secrets.getOrDefault(secret, List.of())
                .replaceAll(each -> each.number() == version ? new Version(version, each.value(), false) : each);
    }

    /** Callers are not allowed to read this secret any more. */
    public synchronized void deny(String secret) {
        denied.add(secret);
    }

    synchronized boolean mayRead(String secret) {
        return !denied.contains(secret);
    }

    /** @param version a number, or {@code latest} */
    synchronized Optional<Version> find(String secret, String version) {
        List<Version> versions = secrets.getOrDefault(secret, List.of());
        if (version.equals("latest")) {
            return versions.isEmpty() ? Optional.empty() : Optional.of(versions.getLast());
        }
        return versions.stream()
                .filter(candidate -> Integer.toString(candidate.number()).equals(version))
                .findFirst();
    }
}
