package dev.millrace.extractor.network;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.util.List;

/**
 * What pipelines may reach.
 *
 * @param deny ranges of addresses that no source may have
 * @param allow ranges that they may have nevertheless
 */
@ConfigurationProperties("millrace.extractor.addresses")
record AddressConfig(
        @Bindable(defaultValue = "169.254.0.0/16,fe80::/10,fd00:ec2::254,100.100.100.200")
        List<String> deny,

        @Bindable(defaultValue = "") List<String> allow) {}
