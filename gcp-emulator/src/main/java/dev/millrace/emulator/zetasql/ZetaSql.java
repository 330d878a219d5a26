package dev.millrace.emulator.zetasql;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Message;
import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.ClientChannelProvider;
import com.google.zetasql.FileDescriptorSetsBuilder;
import com.google.zetasql.LanguageOptions;
import com.google.zetasql.LocalService;
import com.google.zetasql.ParseLocationRangeProto;
import com.google.zetasql.ResolvedOutputColumnProto;
import com.google.zetasql.ResolvedTableScanProto;
import com.google.zetasql.SimpleCatalogProtos.SimpleCatalogProto;
import com.google.zetasql.SimpleTableProtos.SimpleColumnProto;
import com.google.zetasql.SimpleTableProtos.SimpleTableProto;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLOptions.LanguageFeature;
import com.google.zetasql.ZetaSQLOptions.ParseLocationRecordType;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.ZetaSQLOptionsProto.AnalyzerOptionsProto;
import com.google.zetasql.ZetaSQLOptionsProto.ZetaSQLBuiltinFunctionOptionsProto;
import com.google.zetasql.ZetaSQLType.TypeProto;
import com.google.zetasql.ZetaSQLValue.ValueProto;
import com.google.zetasql.ZetaSqlLocalServiceGrpc;
import com.google.zetasql.ZetaSqlLocalServiceGrpc.ZetaSqlLocalServiceBlockingStub;
import com.google.zetasql.io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * Asks the native library, which is loaded once, at the first question. Safe for use by several threads.
 *
 * <p>The protocol of its local service is spoken directly: the client's own classes make objects of some thousand
 * signatures of functions before the first answer, and refuse some that the library can give.
 */
public final class ZetaSql {
    /** What the library takes in one message; gRPC's default, which its server keeps. */
    public static final int MOST_BYTES = 4 * 1024 * 1024;

    /** It warns that there is no way to find servers by name; there is no server. Kept, so that its level is too. */
    private static final Logger RESOLVERS = Logger.getLogger("com.google.zetasql.io.grpc.NameResolverRegistry");

    private static final int ANSWER_BYTES = 256 * 1024 * 1024;

    private final ZetaSqlLocalServiceBlockingStub service;
    private final AnalyzerOptionsProto options;
    private final SimpleCatalogProto functions;

    private ZetaSql() {
        RESOLVERS.setLevel(Level.SEVERE);
        this.service = ZetaSqlLocalServiceGrpc.newBlockingStub(ClientChannelProvider.loadChannel())
                .withMaxInboundMessageSize(ANSWER_BYTES);
        LanguageOptions language = language();
        AnalyzerOptions analyzer = new AnalyzerOptions();
        analyzer.setLanguageOptions(language);
        analyzer.setDefaultTimezone("UTC");
        this.options = analyzer.serialize(new FileDescriptorSetsBuilder()).toBuilder()
                .setParseLocationRecordType(ParseLocationRecordType.PARSE_LOCATION_RECORD_CODE_SEARCH)
                .setPruneUnusedColumns(true)
                .build();
        this.functions = SimpleCatalogProto.newBuilder()
                .setName("bigquery")
                .setBuiltinFunctionOptions(
                        ZetaSQLBuiltinFunctionOptionsProto.newBuilder().setLanguageOptions(language.serialize()))
                .build();
    }

    private static final class Loaded {
        static final ZetaSql ONLY = new ZetaSql();
    }

    /** @throws IllegalStateException where {@link #missing} says that there is none */
    public static ZetaSql get() {
        String missing = missing();
        if (!missing.isEmpty()) {
            throw new IllegalStateException(missing);
        }
        return Loaded.ONLY;
    }

    /** Why it isn't to be had here, as a clause; empty: it is. Looks only, and loads nothing. */
    public static String missing() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch", "");
        boolean known = system.startsWith("linux") || system.startsWith("mac");
        if (!known || !Set.of("amd64", "x86_64").contains(processor)) {
            return "Google's library for GoogleSQL exists for Linux and macOS on x86-64, and not for " + system + " on "
                    + processor;
        }
        // it ends the whole process where it doesn't find the first that it looks up, whatever it is asked for
        String zones = System.getenv().getOrDefault("TZDIR", "/usr/share/zoneinfo");
        return Files.isRegularFile(Path.of(zones, "America/Los_Angeles"))
                ? ""
                : "Google's library for GoogleSQL needs the files of time zones of the package tzdata in " + zones;
    }

    /** BigQuery's language: times have microseconds, and none of Google's internal types are known. */
    private static LanguageOptions language() {
        LanguageOptions language = new LanguageOptions();
        language.setProductMode(ProductMode.PRODUCT_EXTERNAL);
        language.setSupportsAllStatementKinds();
        language.enableReservableKeyword("QUALIFY"); // as BigQuery has it
        language.enableMaximumLanguageFeatures();
        language.enableLanguageFeature(LanguageFeature.FEATURE_INTERVAL_TYPE);
        Set<LanguageFeature> features = EnumSet.noneOf(LanguageFeature.class);
        for (LanguageFeature feature : LanguageFeature.values()) {
            if (feature != LanguageFeature.FEATURE_TIMESTAMP_NANOS && language.languageFeatureEnabled(feature)) {
                features.add(feature);
            }
        }
        language.setEnabledLanguageFeatures(features);
        return language;
    }

    /** A column of a table or of an answer. */
    public record Column(String name, Type type) {}

    /** What a query reads of a table: places of columns, from 0. */
    public record Use(List<String> table, Set<Integer> columns) {}

    /** @param uses only tables that are read */
    public record Analysis(List<Column> columns, List<Use> uses) {}

    /** Rows with a value for each of the columns. */
    public record Answer(List<Column> columns, List<List<Value>> rows) {}

    /** A scan of a table, as places of bytes in the statement. */
    private record Scan(int start, int end, String alias, List<String> table, Set<Integer> columns) {}

    /**
     * The tables that a statement names, as it names them; none of its WITH clause, and no column of another.
     *
     * @throws SqlFault when it can't be read
     */
    public List<List<String>> tables(String sql) {
        return answered(() -> service.extractTableNamesFromStatement(
                        LocalService.ExtractTableNamesFromStatementRequest.newBuilder()
                                .setSqlStatement(sql)
                                .setOptions(options.getLanguageOptions())
                                .build()))
                .getTableNameList()
                .stream()
                .map(name -> List.copyOf(name.getTableNameSegmentList()))
                .toList();
    }

    /**
     * What a query answers and reads.
     *
     * @param tables each by its name as the statement has it
     * @param parameters types, by names in lower case
     * @throws SqlFault when BigQuery would not take it
     */
    public Analysis analyze(String sql, Map<List<String>, List<Column>> tables, Map<String, Type> parameters) {
        LocalService.AnalyzeResponse analyzed = analyzed(sql, tables, parameters);
        if (!analyzed.getResolvedStatement().hasResolvedQueryStmtNode()) {
            throw new SqlFault("the statement is no query (expected: one SELECT)");
        }
        List<Column> columns = new ArrayList<>();
        for (ResolvedOutputColumnProto column :
                analyzed.getResolvedStatement().getResolvedQueryStmtNode().getOutputColumnListList()) {
            columns.add(new Column(column.getName(), type(column.getColumn().getType())));
        }
        Map<List<String>, Set<Integer>> used = new LinkedHashMap<>();
        for (Scan scan : scans(analyzed, List.copyOf(tables.keySet()))) {
            used.computeIfAbsent(scan.table(), table -> new TreeSet<>()).addAll(scan.columns());
        }
        return new Analysis(
                columns,
                used.entrySet().stream()
                        .map(use -> new Use(use.getKey(), use.getValue()))
                        .toList());
    }

    /**
     * Evaluates a query.
     *
     * @param tables columns of each table, by its name as the statement has it
     * @param rows of the tables, without those of which there are none
     * @param parameters by names in lower case
     * @throws SqlFault when BigQuery would not take it, or would fail
     */
    public Answer evaluate(
            String sql,
            Map<List<String>, List<Column>> tables,
            Map<List<String>, List<List<ValueProto>>> rows,
            Map<String, Value> parameters) {
        Map<String, Type> types = new TreeMap<>();
        parameters.forEach((name, value) -> types.put(name, value.getType()));
        List<List<String>> names = List.copyOf(tables.keySet());
        LocalService.EvaluateQueryRequest.Builder request = LocalService.EvaluateQueryRequest.newBuilder()
                .setOptions(with(types))
                .setSql(names.isEmpty() ? sql : renamed(sql, scans(analyzed(sql, tables, types), names), names));
        SimpleCatalogProto.Builder catalog = functions.toBuilder();
        for (int i = 0; i < names.size(); i++) {
            catalog.addTable(table(name(i), names.get(i), i, requireNonNull(tables.get(names.get(i)))));
            LocalService.TableData.Builder data = LocalService.TableData.newBuilder();
            for (List<ValueProto> row : rows.getOrDefault(names.get(i), List.of())) {
                data.addRow(LocalService.TableData.Row.newBuilder().addAllCell(row));
            }
            request.putTableContent(
                    name(i),
                    LocalService.TableContent.newBuilder().setTableData(data).build());
        }
        parameters.forEach((name, value) -> request.addParams(
                LocalService.Parameter.newBuilder().setName(name).setValue(value.getProto())));
        LocalService.EvaluateQueryRequest sent =
                request.setSimpleCatalog(catalog).build();
        if (sent.getSerializedSize() > MOST_BYTES) {
            throw new TooLarge(sent.getSerializedSize());
        }
        LocalService.EvaluateQueryResponse answer = answered(() -> service.evaluateQuery(sent));
        List<Column> columns = answer.getPrepared().getColumnsList().stream()
                .map(column -> new Column(column.getName(), type(column.getType())))
                .toList();
        return new Answer(
                columns,
                answer.getContent().getTableData().getRowList().stream()
                        .map(row -> IntStream.range(0, columns.size())
                                .mapToObj(i -> Value.deserialize(columns.get(i).type(), row.getCell(i)))
                                .toList())
                        .toList());
    }

    /** What it would have to send is more than the library takes. */
    public static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;

        private TooLarge(int bytes) {
            super(String.format(
                    Locale.ROOT,
                    "its rows are %,d bytes (expected: at most %,d, which is what Google's evaluator takes)",
                    bytes,
                    MOST_BYTES));
        }
    }

    private interface Call<T> {
        T make();
    }

    private static <T> T answered(Call<T> call) {
        try {
            return call.make();
        } catch (StatusRuntimeException e) {
            throw new SqlFault(String.valueOf(e.getMessage()), e);
        }
    }

    private LocalService.AnalyzeResponse analyzed(
            String sql, Map<List<String>, List<Column>> tables, Map<String, Type> parameters) {
        SimpleCatalogProto.Builder root = functions.toBuilder();
        int id = 0;
        for (Map.Entry<List<String>, List<Column>> table : tables.entrySet()) {
            List<String> name = table.getKey();
            SimpleCatalogProto.Builder catalog = root;
            for (String part : name.subList(0, name.size() - 1)) {
                catalog = within(catalog, part);
            }
            catalog.addTable(table(name.getLast(), name, id++, table.getValue()));
        }
        return answered(() -> service.analyze(LocalService.AnalyzeRequest.newBuilder()
                .setSqlStatement(sql)
                .setOptions(with(parameters))
                .setSimpleCatalog(root)
                .build()));
    }

    private static SimpleCatalogProto.Builder within(SimpleCatalogProto.Builder catalog, String name) {
        for (SimpleCatalogProto.Builder child : catalog.getCatalogBuilderList()) {
            if (child.getName().equalsIgnoreCase(name)) {
                return child;
            }
        }
        return catalog.addCatalogBuilder().setName(name);
    }

    private AnalyzerOptionsProto with(Map<String, Type> parameters) {
        AnalyzerOptionsProto.Builder all = options.toBuilder();
        parameters.forEach((name, type) -> all.addQueryParameters(AnalyzerOptionsProto.QueryParameterProto.newBuilder()
                .setName(name)
                .setType(type.serialize())));
        return all.build();
    }

    private static SimpleTableProto table(String name, List<String> fullName, int id, List<Column> columns) {
        SimpleTableProto.Builder table = SimpleTableProto.newBuilder()
                .setName(name)
                .setFullName(String.join(".", fullName))
                .setSerializationId(id + 1L);
        columns.forEach(column -> table.addColumn(SimpleColumnProto.newBuilder()
                .setName(column.name())
                .setType(column.type().serialize())));
        return table.build();
    }

    private static Type type(TypeProto type) {
        return TypeFactory.nonUniqueNames().deserialize(type);
    }

    /** Those of the tables, in their order in the statement, each place once. */
    private static List<Scan> scans(LocalService.AnalyzeResponse analyzed, List<List<String>> names) {
        Map<Integer, Scan> scans = new TreeMap<>();
        collect(analyzed, names, scans);
        return List.copyOf(scans.values());
    }

    private static void collect(Message message, List<List<String>> names, Map<Integer, Scan> scans) {
        if (message instanceof ResolvedTableScanProto scan) {
            ParseLocationRangeProto place = scan.getParent().getParent().getParseLocationRange();
            Set<Integer> columns = new TreeSet<>();
            scan.getColumnIndexListList().forEach(index -> columns.add(index.intValue()));
            Scan found = new Scan(
                    place.getStart(),
                    place.getEnd(),
                    scan.getAlias(),
                    names.get((int) scan.getTable().getSerializationId() - 1),
                    columns);
            Scan other = scans.put(found.start(), found);
            if (other != null) {
                columns.addAll(other.columns());
            }
        }
        for (Object field : message.getAllFields().values()) {
            if (field instanceof Message inner) {
                collect(inner, names, scans);
            } else if (field instanceof List<?> list) {
                for (Object element : list) {
                    if (element instanceof Message inner) {
                        collect(inner, names, scans);
                    }
                }
            }
        }
    }

    /** Tables with rows are known by single names only. */
    private static String renamed(String sql, List<Scan> scans, List<List<String>> names) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        StringBuilder text = new StringBuilder();
        int at = 0;
        for (Scan scan :
                scans.stream().sorted(Comparator.comparingInt(Scan::start)).toList()) {
            text.append(new String(bytes, at, scan.start() - at, StandardCharsets.UTF_8))
                    .append(name(names.indexOf(scan.table())));
            if (scan.alias().isEmpty()) { // it is known by the last part of its name
                String name = scan.table().getLast();
                text.append(" AS `")
                        .append(name.substring(name.lastIndexOf('.') + 1))
                        .append('`');
            }
            at = scan.end();
        }
        return text.append(new String(bytes, at, bytes.length - at, StandardCharsets.UTF_8))
                .toString();
    }

    private static String name(int table) {
        return "_emulated_" + table;
    }
}
