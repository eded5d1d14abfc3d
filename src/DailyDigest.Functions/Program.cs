using DailyDigest.App;
using DailyDigest.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDailyDigestFunctions(builder.Configuration);

var app = builder.Build();

// Before the first trigger: the queue trigger does not create its queue, and nothing may be done under faulty settings.
await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
await app.RunAsync();
