package dev.millrace.standalone;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may depend on whom. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ArchitectureTest.ProductOnly.class)
class ArchitectureTest {
    private static final String[] SERVICES = {
        "dev.millrace.extractor..", "dev.millrace.transformer..", "dev.millrace.loader..", "dev.millrace.gateway.."
    };

    /** Packages of the model, one for each kind. */
    private static final String KINDS_OF_SOURCES = "dev.millrace.pipeline.*..";

    @ArchTest
    static final ArchRule servicesDoNotDependOnEachOther = slices().matching("dev.millrace.(*)..")
            .namingSlices("$1")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(resideInAnyPackage("dev.millrace.."), core())
            .ignoreDependency(resideInAnyPackage("dev.millrace.standalone.."), resideInAnyPackage(SERVICES))
            .ignoreDependency(
                    resideInAnyPackage("dev.millrace.standalone.."), resideInAnyPackage("dev.millrace.emulator.."));

    @ArchTest
    static final ArchRule coreKnowsNobody = noClasses()
            .that(core())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.millrace.standalone..")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    /** So that a further one is a package of the model and one of the extractor: {@link TrialSourceTest} adds one. */
    @ArchTest
    static final ArchRule onlyTheExtractorKnowsKindsOfSources = noClasses()
            .that()
            .resideOutsideOfPackages("dev.millrace.extractor..", KINDS_OF_SOURCES)
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

    /** They are started by their names; all else goes over HTTP. */
    @ArchTest
    static final ArchRule standaloneUsesOnlyWhatTheServicesExpose = noClasses()
            .that()
            .resideInAPackage("dev.millrace.standalone..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    @ArchTest
    static final ArchRule standalonePackagesHaveAnOrder =
            slices().matching("dev.millrace.standalone.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule gatewayRoomsHaveAnOrder =
            slices().matching("dev.millrace.gateway.(*)..").should().beFreeOfCycles();

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

    private static DescribedPredicate<JavaClass> core() {
        return resideInAnyPackage(
                "dev.millrace.format..",
                "dev.millrace.pipeline..",
                "dev.millrace.task..",
                "dev.millrace.staging..",
                "dev.millrace.problem..",
                "dev.millrace.gcp..",
                "dev.millrace.mask..",
                "dev.millrace.service..",
                "dev.millrace.trace..",
                "dev.millrace.worker..",
                "dev.millrace.sql..");
    }

    /** Tests of other modules come as folders or as jars. */
    static final class ProductOnly implements ImportOption {
        private static final ImportOption NO_TEST_FOLDERS = new DoNotIncludeTests();

        @Override
        public boolean includes(Location location) {
            return NO_TEST_FOLDERS.includes(location) && !location.contains("-tests.jar");
        }
    }
}
