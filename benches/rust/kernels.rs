//! Benchmark of every elementwise kernel with each instruction set, on one thread, beside plain loops.

#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradloom_benches::{Pass, Stream, chain, open};
use gradloom_core::plan::Output;
use gradloom_core::{Options, available_isas, formulas};

const SIZES: [usize; 2] = [1 << 20, 1 << 24];

fn kernels(criterion: &mut Criterion) {
    for elements in SIZES {
        let mut group = criterion.benchmark_group(format!("{} Mi elements, 1 thread", elements >> 20));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(800));
        let mut stream = Stream::new(elements, 1);
        group.throughput(Throughput::Bytes((Pass::ADAM.bytes() * elements) as u64));
        group.bench_function("stream", |bencher| bencher.iter(|| stream.run(Pass::ADAM)));
        drop(stream);
        for formula in formulas::all() {
            for isa in available_isas() {
                let (plan, bytes) = chain(&[formula.name], Output::Updates, elements);
                let mut session = open(&plan, Options { isa: Some(isa), threads: 1 }, true);
                group.throughput(Throughput::Bytes(bytes as u64));
                group.bench_function(BenchmarkId::new(formula.name, isa), |bencher| {
                    bencher.iter(|| session.run(0).expect("phase 0 exists"));
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, kernels);
criterion_main!(benches);
