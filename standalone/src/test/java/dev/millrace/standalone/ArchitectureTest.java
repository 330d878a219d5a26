package dev.millrace.standalone;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import dev.millrace.warehouse.WarehouseKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which module owns which packages, and who may depend on whom. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ArchitectureTest.ProductOnly.class)
class ArchitectureTest {
    private static final List<String> SERVICES =
            List.of("extractor-service", "transformer-service", "loader-service", "api-gateway");

    /** Packages of each module that is on the command line's class path, with those below them. */
    private static final Map<String, List<String>> SHIPPED = shipped();

    /** Of modules that aren't, whose poms say what they may use. */
    private static final Map<String, List<String>> BESIDE = Map.of(
            "gcp-emulator", List.of("emulator"),
            "standalone-cloud", List.of("standalone.cloud"),
            "benchmarks", List.of("benchmarks"),
            "testkit", List.of("testing"));

    private static Map<String, List<String>> shipped() {
        Map<String, List<String>> modules = new LinkedHashMap<>();
        modules.put("pipeline-model", List.of("pipeline", "sql", "problem"));
        modules.put("task-contract", List.of("task", "staging", "format", "warehouse"));
        modules.put(
                "service-runtime",
                List.of("service", "worker", "gcp", "staging.gcs", "secret", "mask", "metrics", "trace"));
        modules.put("extractor-service", List.of("extractor"));
        modules.put("transformer-service", List.of("transformer"));
        modules.put("loader-service", List.of("loader"));
        modules.put("api-gateway", List.of("gateway"));
        modules.put("standalone", List.of("standalone"));
        return modules;
    }

    /** The modules in their order. A class that belongs to none of them is a mistake, too. */
    @ArchTest
    static final ArchRule modulesHaveAnOrderAndServicesDoNotKnowEachOther = layers().whereLayer("pipeline-model")
            .mayNotAccessAnyLayer()
            .whereLayer("task-contract")
            .mayOnlyAccessLayers("pipeline-model")
            .whereLayer("service-runtime")
            .mayOnlyAccessLayers("pipeline-model", "task-contract")
            .whereLayer("extractor-service")
            .mayOnlyAccessLayers("pipeline-model", "task-contract", "service-runtime")
            .whereLayer("transformer-service")
            .mayOnlyAccessLayers("pipeline-model", "task-contract", "service-runtime")
            .whereLayer("loader-service")
            .mayOnlyAccessLayers("pipeline-model", "task-contract", "service-runtime")
            .whereLayer("api-gateway")
            .mayOnlyAccessLayers("pipeline-model", "task-contract", "service-runtime")
            // which starts services by their names; all else goes over HTTP
            .whereLayer("standalone")
            .mayOnlyAccessLayers("pipeline-model", "task-contract", "service-runtime");

    /** Packages of the model, one for each kind. */
    private static final String KINDS_OF_SOURCES = "dev.millrace.pipeline.*..";

    @ArchTest
    static final ArchRule packagesHaveAnOrder =
            slices().matching("dev.millrace.(**)").should().beFreeOfCycles();

    /**
     * So that a further one is a package of the model and one of the extractor: {@link TrialSourceTest} adds one. What
     * version 0.1 wrote of REST sources in another form, {@code format} still writes for it.
     */
    @ArchTest
    static final ArchRule onlyTheExtractorKnowsKindsOfSources = noClasses()
            .that()
            .resideOutsideOfPackages("dev.millrace.extractor..", "dev.millrace.format..", KINDS_OF_SOURCES)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(KINDS_OF_SOURCES);

    @ArchTest
    static final ArchRule kindsOfSourcesDoNotKnowEachOther = noClasses()
            .that()
            .resideInAnyPackage("dev.millrace.pipeline.rest..", "dev.millrace.extractor.rest..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.millrace.pipeline.file..", "dev.millrace.extractor.file..");

    /** What is stored or sent is read without one: only rules of the pipeline file, and who runs expressions, start it. */
    @ArchTest
    static final ArchRule theEngineOfExpressionsIsBehindTheReader = classes()
            .that()
            .haveFullyQualifiedName("dev.millrace.sql.RowExpression")
            .should()
            .onlyHaveDependentClassesThat(resideInAnyPackage("dev.millrace.sql..", "dev.millrace.transformer..")
                    .or(name("dev.millrace.pipeline.ShapingRules")));

    @ArchTest
    static final ArchRule onlyTheLoaderOpensTheWarehouse = noClasses()
            .that()
            .resideInAnyPackage("dev.millrace.extractor..", "dev.millrace.gateway..", "dev.millrace.standalone..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.duckdb..");

    @ArchTest
    static final ArchRule loggingIsSlf4j = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule onlyTheCommandLinePrints = noClasses()
            .that()
            .doNotBelongToAnyOf(Main.class, ServiceCommand.class)
            .should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule namesSayWhatThingsAre = classes()
            .should()
            .haveSimpleNameNotEndingWith("Manager")
            .andShould()
            .haveSimpleNameNotEndingWith("Helper")
            .andShould()
            .haveSimpleNameNotEndingWith("Utils");

    @ArchTest
    static final ArchRule packagesAreNamedForWhatTheyTouch =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..impl..", "..dto..");

    private static LayeredArchitecture layers() {
        LayeredArchitecture layers = layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.millrace..")
                .ensureAllClassesAreContainedInArchitecture();
        for (Map.Entry<String, List<String>> module : SHIPPED.entrySet()) {
            String[] elsewhere = owners().entrySet().stream()
                    .filter(owner -> !owner.getValue().equals(module.getKey()))
                    .map(Map.Entry::getKey)
                    .filter(name -> module.getValue().stream().anyMatch(own -> name.startsWith(own + ".")))
                    .map(ArchitectureTest::andBelow)
                    .toArray(String[]::new);
            String[] own =
                    module.getValue().stream().map(ArchitectureTest::andBelow).toArray(String[]::new);
            layers = layers.layer(module.getKey())
                    .definedBy(resideInAnyPackage(own).and(not(resideInAnyPackage(elsewhere))));
        }
        return layers;
    }

    private static String andBelow(String name) {
        return "dev.millrace." + name + "..";
    }

    /** The module that owns a package, by its name within {@code dev.millrace}. */
    private static Map<String, String> owners() {
        Map<String, String> owners = new LinkedHashMap<>();
        Stream.of(SHIPPED, BESIDE)
                .forEach(modules ->
                        modules.forEach((module, packages) -> packages.forEach(name -> owners.put(name, module))));
        return owners;
    }

    /**
     * So that a further kind is a package of the loader: {@link TrialWarehouseTest} adds one. The transformer's engine is a
     * DuckDB too, which is no warehouse: its classes and the URL of a connection to it are let through.
     */
    @ArchTest
    static void gatewayAndTransformerNameNoWarehouse(JavaClasses classes) throws IOException {
        Pattern warehouses = Pattern.compile(
                "(?i)" + String.join("|", WarehouseKind.onClassPath().keySet()));
        Pattern engine = Pattern.compile("org[/.]duckdb[/.]DuckDB\\w+|jdbc:duckdb:");
        List<String> named = new ArrayList<>();
        DescribedPredicate<JavaClass> both =
                JavaClass.Predicates.resideInAnyPackage("dev.millrace.gateway..", "dev.millrace.transformer..");
        assertThat(classes.that(both)).hasSizeGreaterThan(100);
        for (JavaClass type : classes.that(both)) {
            try (InputStream bytes =
                    type.getSource().orElseThrow().getUri().toURL().openStream()) {
                ClassFile.of().parse(bytes.readAllBytes()).constantPool().forEach(entry -> {
                    if (entry instanceof Utf8Entry text
                            && warehouses
                                    .matcher(engine.matcher(text.stringValue()).replaceAll(""))
                                    .find()) {
                        named.add(type.getName() + ": " + text.stringValue());
                    }
                });
            }
        }
        assertThat(named).isEmpty();
    }

    /** So that no module, and no package of one, is left out above. */
    @Test
    void everyPackageIsOneOfItsModules() throws IOException {
        Map<String, String> owners = owners();
        TreeSet<String> modules = new TreeSet<>();
        for (Path source : sources()) {
            Path relative = Terminal.ROOT.relativize(source);
            String module = relative.getName(0).toString();
            modules.add(module);
            if (declared(source).equals("org.apache.arrow.c")) {
                continue; // the name that DuckDB's driver asks for
            }
            String name = declared(source).substring("dev.millrace.".length());
            String owner = name;
            while (!owners.containsKey(owner) && owner.contains(".")) {
                owner = owner.substring(0, owner.lastIndexOf('.'));
            }
            assertThat(owners.get(owner)).as("the module of %s", relative).isEqualTo(module);
        }
        TreeSet<String> expected = new TreeSet<>(SHIPPED.keySet());
        expected.addAll(BESIDE.keySet());
        assertThat(modules).isEqualTo(expected).containsAll(SERVICES);
    }

    /** What isn't on this class path, and so isn't seen by the rules above, is held to them by its source. */
    @Test
    void packagesOfModulesThatAreNotShippedHaveAnOrderToo() throws IOException {
        Pattern imported = Pattern.compile("(?m)^import (?:static )?(dev\\.millrace\\.[a-z.]+)\\.[A-Z]");
        Map<String, TreeSet<String>> uses = new LinkedHashMap<>();
        for (Path source : sources()) {
            TreeSet<String> used = uses.computeIfAbsent(declared(source), name -> new TreeSet<>());
            Matcher matcher = imported.matcher(Files.readString(source));
            while (matcher.find()) {
                used.add(matcher.group(1));
            }
        }
        uses.forEach((name, used) -> used.remove(name));
        // whatever uses nothing that is left can't be part of a circle
        boolean fewer = true;
        while (fewer) {
            fewer = uses.values().removeIf(used -> used.stream().noneMatch(uses::containsKey));
        }
        assertThat(uses).isEmpty();
    }

    private static List<Path> sources() {
        try (Stream<Path> modules = Files.list(Terminal.ROOT)) {
            return modules.map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .flatMap(ArchitectureTest::walk)
                    .filter(file -> file.toString().endsWith(".java"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> walk(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String declared(Path source) throws IOException {
        Matcher declaration = Pattern.compile("(?m)^package ([a-z.]+);").matcher(Files.readString(source));
        assertThat(declaration.find()).as(source.toString()).isTrue();
        return declaration.group(1);
    }

    /**
     * Tests of other modules come as folders or as jars; what tests share comes like a product. What Micronaut generates of a
     * class uses what that uses, and is a third of all classes.
     */
    static final class ProductOnly implements ImportOption {
        private static final ImportOption NO_TEST_FOLDERS = new DoNotIncludeTests();
        private static final Pattern GENERATED = Pattern.compile(".*/\\$[^/]+");

        @Override
        public boolean includes(Location location) {
            return NO_TEST_FOLDERS.includes(location)
                    && !location.contains("-tests.jar")
                    && !location.contains("/testkit/")
                    && !location.contains("/testkit-")
                    && !location.matches(GENERATED);
        }
    }
}
