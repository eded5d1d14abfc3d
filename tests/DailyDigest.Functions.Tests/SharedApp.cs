namespace DailyDigest.Functions.Tests;

/// <summary>The tests that share one worker. They run one after another, and none of them needs a digest that is due.</summary>
[CollectionDefinition(nameof(SharedApp))]
public sealed class SharedApp : ICollectionFixture<FunctionApp>;
