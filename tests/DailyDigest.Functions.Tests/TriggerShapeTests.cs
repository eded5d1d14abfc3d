using System.Reflection;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace DailyDigest.Functions.Tests;

/// <summary>What the host reads off the head: names, schedules, queue, routes and levels. Operators' dashboards and alarms hang on these.</summary>
public sealed class TriggerShapeTests
{
    [Fact]
    public void There_are_six_functions_with_the_documented_names() =>
        Assert.Equal(["Deliver", "Ingest", "Notices", "SignUp", "Tick", "Web"], Functions().Select(one => one.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Tick", "0 * * * * *")]
    [InlineData("Notices", "0 * * * * *")]
    [InlineData("Ingest", "0 9-59/10 * * * *")]
    public void The_clock_starts_what_has_a_schedule(string name, string schedule) =>
        Assert.Equal(schedule, Trigger<TimerTriggerAttribute>(name).Attribute.Schedule);

    [Theory]
    [InlineData("Tick")]
    [InlineData("Notices")]
    [InlineData("Ingest")]
    public void A_schedule_has_the_six_fields_that_the_host_reads(string name) =>
        Assert.Equal(6, Trigger<TimerTriggerAttribute>(name).Attribute.Schedule.Split(' ').Length);

    [Fact]
    public void Delivery_is_started_by_the_queue_that_the_product_writes_to()
    {
        var (attribute, parameter) = Trigger<QueueTriggerAttribute>("Deliver");

        Assert.Equal(Queues.Deliver, attribute.QueueName);
        Assert.Equal(typeof(string), parameter.ParameterType);
    }

    [Fact]
    public void The_queues_connection_has_a_flat_name_that_the_scale_controller_can_read() =>
        Assert.Matches("^[A-Za-z0-9]+$", Trigger<QueueTriggerAttribute>("Deliver").Attribute.Connection!);

    [Fact]
    public void Signing_up_is_a_post_to_its_own_route()
    {
        var (attribute, parameter) = Trigger<HttpTriggerAttribute>("SignUp");

        Assert.Equal("signup", attribute.Route);
        Assert.Equal("post", Assert.Single(attribute.Methods!));
        Assert.Equal(typeof(HttpRequest), parameter.ParameterType);
    }

    [Fact]
    public void Everything_else_goes_to_the_pages_by_any_method()
    {
        var (attribute, _) = Trigger<HttpTriggerAttribute>("Web");

        Assert.Equal("{*path}", attribute.Route);
        Assert.Null(attribute.Methods);
    }

    [Fact]
    public void Readers_need_no_function_key() =>
        Assert.All(["SignUp", "Web"], name => Assert.Equal(AuthorizationLevel.Anonymous, Trigger<HttpTriggerAttribute>(name).Attribute.AuthLevel));

    [Fact]
    public void No_route_begins_with_a_word_that_the_host_refuses() =>
        Assert.All(["SignUp", "Web"], name => Assert.DoesNotMatch("^(admin|runtime)", Trigger<HttpTriggerAttribute>(name).Attribute.Route!));

    [Fact]
    public void Every_function_of_the_clock_and_the_queue_can_be_told_to_stop() =>
        Assert.All(["Tick", "Notices", "Ingest", "Deliver"], name => Assert.Contains(
            Functions().Single(one => one.Name == name).Method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken)));

    private static IEnumerable<(string Name, MethodInfo Method)> Functions() =>
        from type in typeof(Triggers).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        select (function.Name, method);

    private static (T Attribute, ParameterInfo Parameter) Trigger<T>(string function)
        where T : Attribute
    {
        var parameters = Functions().Single(one => one.Name == function).Method.GetParameters();
        var parameter = Assert.Single(parameters, parameter => parameter.GetCustomAttribute<T>() is not null);
        return (parameter.GetCustomAttribute<T>()!, parameter);
    }
}
