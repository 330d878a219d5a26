package dev.millrace.testing.rounds;

import dev.millrace.testing.rounds.Link.Trouble;
import dev.millrace.testing.rounds.Source.Mood;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a round is to bring, by its seed and number alone. When exactly it meets a run depends on the machine.
 *
 * @param starts at most one of each endpoint
 */
record Plan(List<Start> starts, List<Fault> faults) {
    static final List<String> ENDPOINTS = List.of("a0", "a1", "r0", "m0", "j0");

    private static final List<Trouble> TROUBLES = Stream.of(Trouble.values())
            .filter(trouble -> trouble != Trouble.NONE)
            .toList();

    private static final int LASTS = 1_500;
    private static final int MOST_FAULTS = 4;
    /** Well below the lifetime of a service's token, by which clocks may differ. */
    private static final int MOST_SECONDS = 20;

    /** What a machine lets happen. */
    record Possible(boolean database, boolean disk, boolean clock) {}

    /**
     * @param at milliseconds from the begin of the round, as of a fault
     * @param retry whether a run that has failed is taken up again, where there is one
     * @param cancelledAfter milliseconds from the answer to its start; -1: it isn't
     */
    record Start(String endpoint, int at, Mood mood, boolean retry, int cancelledAfter) {}

    /** One thing that goes wrong; all of it is right again at the end of the round. */
    sealed interface Fault {
        int at();

        record Kill(int at, List<String> services) implements Fault {
            @Override
            public String toString() {
                return at + " kill " + String.join("+", services);
            }
        }

        record Freeze(int at, String service, Duration time) implements Fault {
            @Override
            public String toString() {
                return at + " freeze " + service + " for " + time.toMillis();
            }
        }

        /** @param share of the requests that are met */
        record Connection(int at, String service, Trouble trouble, double share, Duration time) implements Fault {
            @Override
            public String toString() {
                return at + " " + trouble + " on the way to " + service + " for " + time.toMillis();
            }
        }

        /** @param crash whether it has no time to tidy up */
        record Database(int at, boolean crash, Duration away) implements Fault {
            @Override
            public String toString() {
                return at + " PostgreSQL " + (crash ? "crashes" : "is restarted") + ", away for " + away.toMillis();
            }
        }

        record Disk(int at, String service, Duration time) implements Fault {
            @Override
            public String toString() {
                return at + " full disk for " + service + " for " + time.toMillis();
            }
        }

        record Clock(int at, String service, Duration ahead) implements Fault {
            @Override
            public String toString() {
                return at + " clock of " + service + " by " + ahead.toSeconds() + " s";
            }
        }
    }

    static Plan of(long seed, int round, Possible possible) {
        Random random = new Random(seed * 1_000_003 + round);
        List<String> endpoints = new ArrayList<>(ENDPOINTS);
        Collections.shuffle(endpoints, random);
        List<Start> starts = endpoints.subList(0, 2 + random.nextInt(ENDPOINTS.size() - 1)).stream()
                .map(endpoint -> new Start(
                        endpoint,
                        random.nextInt(500),
                        mood(random),
                        random.nextBoolean(),
                        random.nextInt(8) == 0 ? random.nextInt(1_000) : -1))
                .toList();
        List<Fault> faults = new ArrayList<>();
        int count = 1 + random.nextInt(MOST_FAULTS);
        while (faults.size() < count) {
            faults.add(fault(random, possible));
        }
        return new Plan(starts, faults);
    }

    private static Mood mood(Random random) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> Mood.SLOW;
            case 4, 5 -> Mood.FLAKY;
            case 6 -> Mood.BROKEN;
            default -> Mood.CALM;
        };
    }

    private static Fault fault(Random random, Possible possible) {
        int at = random.nextInt(LASTS);
        Duration time = Duration.ofMillis(200 + random.nextInt(2_300));
        String service = Processes.NAMES.get(random.nextInt(Processes.NAMES.size()));
        int kind = random.nextInt(20);
        if (kind < 4) {
            return new Fault.Freeze(at, service, time);
        } else if (kind < 10) {
            Trouble trouble = TROUBLES.get(random.nextInt(TROUBLES.size()));
            return new Fault.Connection(at, service, trouble, 0.3 + 0.7 * random.nextDouble(), time);
        } else if (kind < 12 && possible.database()) {
            return new Fault.Database(at, random.nextBoolean(), time.dividedBy(2));
        } else if (kind < 14 && possible.disk() && !service.equals(Processes.GATEWAY)) {
            return new Fault.Disk(at, service, time);
        } else if (kind < 16 && possible.clock()) {
            return new Fault.Clock(at, service, Duration.ofSeconds(random.nextInt(2 * MOST_SECONDS) - MOST_SECONDS));
        }
        List<String> services = new ArrayList<>(Processes.NAMES);
        Collections.shuffle(services, random);
        return new Fault.Kill(at, services.subList(0, 1 + random.nextInt(1 + random.nextInt(services.size()))));
    }

    @Override
    public String toString() {
        return faults.stream().map(Fault::toString).collect(Collectors.joining(", "));
    }
}
