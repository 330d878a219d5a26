package dev.millrace.testing.rounds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What rounds have come to. Not for several threads at once. */
public final class Tally {
    private int rounds;
    private int runs;
    private int retries;
    private int lost;
    private int doubled;
    private int miscounted;
    private int stuck;
    private int unexplained;
    private final Map<String, Integer> ends = new TreeMap<>();
    private final List<Integer> failing = new ArrayList<>();

    /** What can be wrong after a round. */
    enum Wrong {
        /** Rows are missing. */
        LOST,
        /** Rows or runs are there more often than they should be. */
        DOUBLED,
        /** Counts of a run, or values of rows, aren't what the source has had. */
        MISCOUNTED,
        /** Something doesn't come to an end. */
        STUCK,
        /** A run has failed for a reason that nobody foresaw. */
        UNEXPLAINED
    }

    void run(boolean retried) {
        runs++;
        retries += retried ? 1 : 0;
    }

    /** @param end state of a run, with the code of its error if it has one */
    void end(String end) {
        ends.merge(end, 1, Integer::sum);
    }

    void round(int number, List<Wrong> wrong) {
        rounds++;
        if (!wrong.isEmpty()) {
            failing.add(number);
        }
        for (Wrong one : wrong) {
            switch (one) {
                case LOST -> lost++;
                case DOUBLED -> doubled++;
                case MISCOUNTED -> miscounted++;
                case STUCK -> stuck++;
                case UNEXPLAINED -> unexplained++;
            }
        }
    }

    /** Whether everything was as it has to be. */
    public boolean isGood() {
        return failing.isEmpty();
    }

    @Override
    public String toString() {
        return rounds + " rounds, " + runs + " runs and " + retries + " retries ("
                + ends.entrySet().stream()
                        .map(end -> end.getValue() + " " + end.getKey())
                        .collect(Collectors.joining(", "))
                + "): " + lost + " lost, " + doubled + " doubled, " + miscounted + " miscounted, " + stuck + " stuck, "
                + unexplained + " unexplained" + (failing.isEmpty() ? "" : "; rounds " + failing);
    }
}
