// Stand-ins for the worker types that the head names, so that its own files compile where the worker's packages cannot be had.
// Each cites the file of github.com/Azure/azure-functions-dotnet-worker, and the package version, whose public shape it repeats.
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>extensions/Worker.Extensions.Abstractions/src/FunctionAttribute.cs, Worker 2.52.0.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    /// <summary>extensions/Worker.Extensions.Timer/src/TimerTriggerAttribute.cs, Extensions.Timer 4.3.1.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class TimerTriggerAttribute(string schedule) : Attribute
    {
        public string Schedule { get; } = schedule;
    }

    /// <summary>extensions/Worker.Extensions.Timer/src/TimerInfo.cs, Extensions.Timer 4.3.1.</summary>
    public class TimerInfo;

    /// <summary>extensions/Worker.Extensions.Storage.Queues/src/QueueTriggerAttribute.cs, Extensions.Storage.Queues 5.5.5.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class QueueTriggerAttribute(string queueName) : Attribute
    {
        public string QueueName { get; } = queueName;

        public string? Connection { get; set; }
    }

    /// <summary>extensions/Worker.Extensions.Http/src/AuthorizationLevel.cs, Extensions.Http.AspNetCore 2.1.1.</summary>
    public enum AuthorizationLevel { Anonymous, User, Function, System, Admin }

    /// <summary>extensions/Worker.Extensions.Http/src/HttpTriggerAttribute.cs, Extensions.Http.AspNetCore 2.1.1.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
    {
        public AuthorizationLevel AuthLevel { get; } = authLevel;

        public string[] Methods { get; } = methods;

        public string? Route { get; set; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    /// <summary>src/DotNetWorker/Builder/FunctionsApplication.cs, Worker 2.52.0.</summary>
    public static class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
    }

    /// <summary>src/DotNetWorker/Builder/FunctionsApplicationBuilder.cs, Worker 2.52.0: a host builder that has read environment and command line.</summary>
    public sealed class FunctionsApplicationBuilder(string[] args)
    {
        private readonly WebApplicationBuilder host = WebApplication.CreateBuilder(args);

        public ConfigurationManager Configuration => host.Configuration;
        public IServiceCollection Services => host.Services;

        public IHost Build() => host.Build();
    }

    /// <summary>extensions/Worker.Extensions.Http.AspNetCore/src/FunctionsApplicationBuilderAspNetCoreExtensions.cs, 2.1.1.</summary>
    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) =>
            builder;
    }
}
