//! Benchmark of chains of kernels, fused and unfused, on one thread and on all cores, beside plain loops.

#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradloom_benches::{Pass, Stream, chain, open};
use gradloom_core::plan::Output;
use gradloom_core::{Options, available_isas};

const SIZES: [usize; 2] = [1 << 20, 1 << 24];
const CHAINS: [(&str, &[&str]); 4] = [
    ("sgd", &["scale"]),
    ("momentum", &["trace", "scale"]),
    ("adamw", &["scale_by_adam", "add_decayed_weights", "scale"]),
    ("adamw, clipped", &["clip_by_global_norm", "scale_by_adam", "add_decayed_weights", "scale"]),
];

fn chains(criterion: &mut Criterion) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for (elements, threads) in SIZES.into_iter().flat_map(|elements| [(elements, 1), (elements, cores)]) {
        let mut group =
            criterion.benchmark_group(format!("{} Mi elements, {threads} threads", elements >> 20));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1));
        let mut stream = Stream::new(elements, threads);
        group.throughput(Throughput::Bytes((Pass::ADAM.bytes() * elements) as u64));
        group.bench_function("stream", |bencher| bencher.iter(|| stream.run(Pass::ADAM)));
        drop(stream);
        for (name, kernels) in CHAINS {
            for isa in available_isas() {
                for (how, fused) in [("fused", true), ("tiled", false)] {
                    let (plan, bytes) = chain(kernels, Output::Apply, elements);
                    let mut session = open(&plan, Options { isa: Some(isa), threads }, fused);
                    group.throughput(Throughput::Bytes(bytes as u64));
                    group.bench_function(BenchmarkId::new(format!("{name}, {how}"), isa), |bencher| {
                        bencher.iter(|| session.run(0).expect("phase 0 exists"));
                    });
                }
            }
        }
        group.finish();
    }
}

criterion_group!(benches, chains);
criterion_main!(benches);
