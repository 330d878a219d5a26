package dev.millrace.standalone;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the files of hires say, without a warehouse: it is held against what insights answer. */
record Hires(Map<String, String> departments, Map<String, String> jobs, List<Hire> hires) {
    /** @param department its id; empty: unknown */
    record Hire(OffsetDateTime at, String department, String job) {}

    /** @param complete whether hires count that have all of their columns only */
    static Hires of(Path folder, boolean complete) throws IOException {
        List<Hire> hires = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("hired_employees.csv"))) {
            String[] fields = line.split(",", -1);
            boolean hasAll = fields.length == 5 && List.of(fields).stream().noneMatch(String::isEmpty);
            if ((hasAll || !complete) && !fields[2].isEmpty()) {
                OffsetDateTime at = OffsetDateTime.parse(fields[2]).withOffsetSameInstant(ZoneOffset.UTC);
                hires.add(new Hire(at, fields[3], fields[4]));
            }
        }
        return new Hires(names(folder.resolve("departments.csv")), names(folder.resolve("jobs.csv")), hires);
    }

    private static Map<String, String> names(Path file) throws IOException {
        Map<String, String> names = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            names.put(line.substring(0, line.indexOf(',')), line.substring(line.indexOf(',') + 1));
        }
        return names;
    }

    /** Rows of department, job and four quarters. */
    List<List<@Nullable String>> byQuarter(int year) {
        Comparator<@Nullable String> nullsLast = Comparator.nullsLast(Comparator.naturalOrder());
        Map<List<@Nullable String>, int[]> groups =
                new TreeMap<>(Comparator.comparing((List<@Nullable String> group) -> group.getFirst(), nullsLast)
                        .thenComparing(group -> group.getLast(), nullsLast));
        for (Hire hire : hires) {
            if (hire.at().getYear() == year) {
                List<@Nullable String> group = new ArrayList<>();
                group.add(departments.get(hire.department()));
                group.add(jobs.get(hire.job()));
                groups.computeIfAbsent(group, any -> new int[4])[(hire.at().getMonthValue() - 1) / 3]++;
            }
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        groups.forEach((group, quarters) -> {
            List<@Nullable String> row = new ArrayList<>(group);
            for (int quarter : quarters) {
                row.add(String.valueOf(quarter));
            }
            rows.add(row);
        });
        return rows;
    }

    /** Rows of id, department and hires. */
    List<List<@Nullable String>> aboveMean(int year) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        hires.stream()
                .filter(hire -> hire.at().getYear() == year && departments.containsKey(hire.department()))
                .forEach(hire -> counts.merge(hire.department(), 1, Integer::sum));
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        return counts.entrySet().stream()
                .filter(count -> count.getValue() * counts.size() > all)
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(count -> Integer.valueOf(count.getKey())))
                .map(count -> List.<@Nullable String>of(
                        count.getKey(),
                        String.valueOf(departments.get(count.getKey())),
                        String.valueOf(count.getValue())))
                .collect(Collectors.toList());
    }
}
