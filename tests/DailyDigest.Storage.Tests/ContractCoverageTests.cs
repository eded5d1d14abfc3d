using System.Reflection;
using DailyDigest.AzureStorage;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Storage.Tests;

public sealed class ContractCoverageTests
{
    private static readonly Assembly[] Adapters = [typeof(SqliteTableStore).Assembly, typeof(AzureTableStore).Assembly];

    [Fact]
    public void Every_adapter_of_a_storage_port_keeps_its_contract()
    {
        // A contract test is found by its name: Sqlite_keeps_the_table_contract tests SqliteTableStore.
        var tests = typeof(ContractCoverageTests).Assembly.GetTypes();
        var adapters = Adapters.Append(typeof(MemoryTableStore).Assembly).SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false })
            .SelectMany(type => new[] { (Type: type, Port: typeof(ITableStore)), (Type: type, Port: typeof(IQueueStore)) })
            .Where(pair => pair.Port.IsAssignableFrom(pair.Type) && !Wraps(pair.Type, pair.Port))
            .ToList();

        Assert.Equal(6, adapters.Count);
        Assert.All(adapters, adapter =>
        {
            var (word, contract) = adapter.Port == typeof(ITableStore)
                ? ("Table", typeof(TableStoreContract)) : ("Queue", typeof(QueueStoreContract));
            var technology = adapter.Type.Name.Replace(word + "Store", "", StringComparison.Ordinal);
            var name = $"{technology}_keeps_the_{word.ToLowerInvariant()}_contract";
            Assert.True(
                tests.Any(test => test.Name == name && test.IsSubclassOf(contract)),
                $"{adapter.Type.Name} lacks its contract: add {name} : {contract.Name}.");
        });
    }

    /// <summary>True for a decorator of another store, such as one that injects faults.</summary>
    private static bool Wraps(Type type, Type port) =>
        type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Any(parameter => parameter.ParameterType == port);

    [Fact]
    public void The_core_references_no_storage_library() => Assert.DoesNotContain(
        typeof(ITableStore).Assembly.GetReferencedAssemblies(),
        reference => reference.Name!.StartsWith("Azure", StringComparison.Ordinal)
            || reference.Name.Contains("Sqlite", StringComparison.Ordinal));
}
