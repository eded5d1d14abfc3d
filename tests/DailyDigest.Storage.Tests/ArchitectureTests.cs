using System.Reflection;
using DailyDigest.AzureStorage;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Storage.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly[] Adapters = [typeof(SqliteTableStore).Assembly, typeof(AzureTableStore).Assembly];

    [Fact]
    public void Every_adapter_of_a_storage_port_keeps_its_contract()
    {
        // What an adapter's contract test makes is looked up by name: Sqlite_keeps_the_table_contract is about SqliteTableStore.
        var tests = typeof(ArchitectureTests).Assembly.GetTypes();
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
            var name = $"{adapter.Type.Name.Replace(word + "Store", "", StringComparison.Ordinal)}_keeps_the_{word.ToLowerInvariant()}_contract";
            Assert.True(
                tests.Any(test => test.Name == name && test.IsSubclassOf(contract)),
                $"{adapter.Type.Name} lacks its contract: add {name} : {contract.Name}.");
        });
    }

    /// <summary>True for what stands in front of another store, to fail or to leave something out.</summary>
    private static bool Wraps(Type type, Type port) =>
        Array.Exists(type.GetConstructors(), constructor => Array.Exists(constructor.GetParameters(), parameter => parameter.ParameterType == port));

    [Fact]
    public void The_product_knows_no_adapter_and_adapters_do_not_know_one_another()
    {
        Assert.DoesNotContain(
            typeof(ITableStore).Assembly.GetReferencedAssemblies(),
            reference => reference.Name!.StartsWith("DailyDigest", StringComparison.Ordinal)
                || reference.Name.StartsWith("Azure", StringComparison.Ordinal) || reference.Name.Contains("Sqlite", StringComparison.Ordinal));
        Assert.All(Adapters, adapter => Assert.Equal(
            ["DailyDigest"],
            adapter.GetReferencedAssemblies().Select(reference => reference.Name!)
                .Where(name => name.StartsWith("DailyDigest", StringComparison.Ordinal))));
    }
}
