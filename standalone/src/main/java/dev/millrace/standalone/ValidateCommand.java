package dev.millrace.standalone;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Insight;
import dev.millrace.pipeline.InsightReader;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.Targets;
import dev.millrace.problem.Problem;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.WarehouseKind;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "validate",
        description = "Check pipeline files and insights, and say everything that is wrong with them.")
final class ValidateCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Pipeline files, and files of insights (.sql).")
    private List<Path> files = List.of();

    @Option(
            names = "--warehouse",
            paramLabel = "TYPE",
            defaultValue = "${env:MILLRACE_WAREHOUSE_TYPE:-duckdb}",
            description =
                    "The kind of warehouse, such as duckdb or bigquery: each tells names of tables apart in its own"
                            + " way. Default: the environment's MILLRACE_WAREHOUSE_TYPE, or duckdb.")
    private String warehouse = "";

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    /** What {@code --json} prints. */
    @Serdeable
    record Checked(boolean valid, List<CheckedFile> files) {}

    @Serdeable
    record CheckedFile(String file, boolean valid, List<Problem.FieldError> errors, List<Problem.FieldError> warnings) {
        /** @param said of its SQL; null: it has none */
        CheckedFile with(SqlOfFiles.@Nullable Said said) {
            return said == null
                    ? this
                    : new CheckedFile(
                            file,
                            valid && said.errors().isEmpty(),
                            together(errors, said.errors()),
                            together(warnings, said.warnings()));
        }

        private static List<Problem.FieldError> together(
                List<Problem.FieldError> some, List<Problem.FieldError> others) {
            return Stream.concat(some.stream(), others.stream()).toList();
        }
    }

    @Override
    public Integer call() throws IOException {
        List<CheckedFile> checked = new ArrayList<>();
        Capabilities capabilities = capabilities();
        Targets targets = new Targets(capabilities.warehouse(), capabilities.tableNames());
        SqlOfFiles sql = new SqlOfFiles();
        for (Path file : files) {
            checked.add(InsightReader.isInsight(file) ? insight(file, sql) : checked(file, capabilities, targets, sql));
        }
        for (Map.Entry<String, List<InvalidValue.Violation>> never :
                targets.neverStarted().entrySet()) {
            List<Problem.FieldError> warnings = PipelineReader.located(
                    never.getKey(), Files.readAllBytes(Path.of(never.getKey())), never.getValue());
            checked.replaceAll(file ->
                    file.file().equals(never.getKey()) ? file.with(new SqlOfFiles.Said(List.of(), warnings)) : file);
        }
        Map<String, SqlOfFiles.Said> said = sql.check(warehouse);
        checked.replaceAll(file -> file.with(said.get(file.file())));
        boolean valid = checked.stream().allMatch(CheckedFile::valid);
        if (json) {
            spec.commandLine()
                    .getOut()
                    .println(ObjectMapper.getDefault().writeValueAsString(new Checked(valid, checked)));
        } else {
            checked.forEach(this::print);
        }
        return valid ? ExitCode.SUCCESS : ExitCode.WRONG_CALL;
    }

    /** Those of the kind, since there is no loader to ask. */
    private Capabilities capabilities() {
        Map<String, WarehouseKind> kinds = WarehouseKind.onClassPath();
        WarehouseKind kind = kinds.get(warehouse);
        if (kind == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--warehouse: '" + warehouse + "' (expected: " + String.join(" or ", kinds.keySet()) + ")");
        }
        return kind.capabilities();
    }

    /** @param targets of the files before it, each of which keeps what it has */
    private static CheckedFile checked(Path file, Capabilities capabilities, Targets targets, SqlOfFiles sql)
            throws IOException {
        return switch (PipelineReader.read(file)) {
            case PipelineReader.Result.Valid(Pipeline pipeline, List<Problem.FieldError> warnings) -> {
                byte[] bytes = Files.readAllBytes(file);
                List<InvalidValue.Violation> violations = new ArrayList<>(targets.add(file.toString(), pipeline));
                violations.addAll(formats(pipeline, capabilities));
                List<Problem.FieldError> taken = PipelineReader.located(file.toString(), bytes, violations);
                sql.add(file.toString(), new String(bytes, StandardCharsets.UTF_8), pipeline);
                yield new CheckedFile(file.toString(), taken.isEmpty(), taken, warnings);
            }
            case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                new CheckedFile(file.toString(), false, errors, List.of());
        };
    }

    /** Exports in formats that the warehouse's queries can't be written in. */
    private static List<InvalidValue.Violation> formats(Pipeline pipeline, Capabilities capabilities) {
        List<InvalidValue.Violation> violations = new ArrayList<>();
        pipeline.exports().forEach((name, export) -> {
            ExportFormat format = export.destination().format();
            if (!capabilities.exports().contains(format)) {
                violations.add(new InvalidValue.Violation(
                        "exports." + name + ".destination.format",
                        format.extension(),
                        Names.oneOf(
                                        format.extension(),
                                        capabilities.exports().stream()
                                                .map(ExportFormat::extension)
                                                .toList())
                                + ", which can be had from " + capabilities.warehouse()));
            }
        });
        return violations;
    }

    private CheckedFile insight(Path file, SqlOfFiles sql) throws IOException {
        Path folder = Objects.requireNonNullElse(file.getParent(), Path.of(""));
        String dialect = InsightReader.dialectOf(file).orElse(null);
        if (dialect != null && !WarehouseKind.onClassPath().containsKey(dialect)) {
            return new CheckedFile(
                    file.toString(),
                    false,
                    List.of(new Problem.FieldError(
                            file.toString(),
                            1,
                            1,
                            "",
                            "the warehouse " + dialect + " in the file's name",
                            Names.oneOf(dialect, WarehouseKind.onClassPath().keySet()))),
                    List.of());
        }
        return switch (InsightReader.read(folder, InsightReader.nameOf(file))) {
            case InsightReader.Result.Valid(Insight insight) -> {
                boolean own = insight.dialects().containsKey(warehouse);
                if (own ? warehouse.equals(dialect) : dialect == null) {
                    sql.add(file.toString(), insight.sql(warehouse), insight);
                }
                yield new CheckedFile(file.toString(), true, List.of(), List.of());
            }
            case InsightReader.Result.Invalid(List<Problem.FieldError> errors) ->
                new CheckedFile(file.toString(), false, errors, List.of());
        };
    }

    private void print(CheckedFile file) {
        if (file.valid()) {
            spec.commandLine().getOut().println(file.file() + ": valid");
        }
        file.warnings()
                .forEach(warning -> spec.commandLine().getErr().println("Warning: " + FieldErrors.line(warning)));
        file.errors().forEach(error -> spec.commandLine().getErr().println(FieldErrors.line(error)));
    }
}
